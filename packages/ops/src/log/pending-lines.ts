/** Lines that wait to be written, in order. */
export class PendingLines {
  readonly #maxChars: number;
  /** Those that are bytes already, from the beginning of a line on. */
  #bytes: Uint8Array = new Uint8Array();
  /** So much of the first line has been written. */
  #writtenOfLine = 0;
  #text = '';

  constructor(maxBytes: number) {
    // No text has fewer bytes than characters, and few lines have many more.
    this.#maxChars = maxBytes;
  }

  /** How much waits, in characters and bytes together. */
  get chars(): number {
    return this.#text.length + this.#bytes.length;
  }

  /** Whether the first byte that waits is in the middle of a line. */
  get isWithinLine(): boolean {
    return this.#writtenOfLine > 0;
  }

  /** Answers false, and takes nothing, when there is no room. */
  add(line: string): boolean {
    if (this.chars + line.length > this.#maxChars) return false;
    this.#text += line;
    return true;
  }

  /** Takes a line of which so many bytes have been written, when nothing else waits. */
  addBegun(line: Uint8Array, writtenBytes: number): void {
    this.#bytes = line;
    this.#writtenOfLine = writtenBytes;
  }

  /** What waits; undefined when nothing does. */
  bytes(): Uint8Array | undefined {
    if (this.#bytes.length === 0) {
      if (this.#text === '') return undefined;
      this.#bytes = Buffer.from(this.#text);
      this.#text = '';
    }
    return this.#bytes.subarray(this.#writtenOfLine);
  }

  /** So many of the first bytes are written. Answers how many lines end in them. */
  written(count: number): number {
    const done = this.#bytes.subarray(0, this.#writtenOfLine + count);
    const whole = done.lastIndexOf(NEWLINE) + 1;
    this.#writtenOfLine = done.length - whole;
    this.#bytes = this.#bytes.subarray(whole);
    return linesIn(done);
  }

  /** Its beginning is in a file that is gone on with no more, or behind a line break: it waits as a whole again. */
  restartLine(): void {
    this.#writtenOfLine = 0;
  }

  /** Forgets all. Answers how many lines that were. */
  clear(): number {
    const lines = linesIn(this.#bytes) + linesIn(Buffer.from(this.#text));
    this.#bytes = new Uint8Array();
    this.#writtenOfLine = 0;
    this.#text = '';
    return lines;
  }
}

/** As many of the first lines as fit into `room` bytes; at least one. */
export function wholeLines(bytes: Uint8Array, room: number): Uint8Array {
  if (bytes.length <= room) return bytes;
  const end = room > 0 ? bytes.lastIndexOf(NEWLINE, room - 1) : -1;
  return bytes.subarray(0, (end >= 0 ? end : bytes.indexOf(NEWLINE)) + 1);
}

const NEWLINE = 10;

function linesIn(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}
