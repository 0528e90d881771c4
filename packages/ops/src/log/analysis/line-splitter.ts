/** Cuts pieces of bytes into lines. A line of more than 4 MiB is left out, and `onTooLong` called. */
export class LineSplitter {
  readonly #onTooLong: () => void;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #skipping = false;

  constructor(onTooLong: () => void) {
    this.#onTooLong = onTooLong;
  }

  /** The lines that are complete with this piece, without their ends, but for the empty ones. */
  split(piece: Buffer): string[] {
    const end = piece.lastIndexOf(NEWLINE);
    if (end === -1) {
      this.#keep(piece);
      return [];
    }
    let start = 0;
    let head = '';
    if (this.#skipping || this.#restBytes > 0) {
      start = piece.indexOf(NEWLINE) + 1;
      if (!this.#skipping) head = Buffer.concat([...this.#rest, piece.subarray(0, start)]).toString();
      this.#clear();
    }
    const lines = (head + piece.toString('utf8', start, end)).split('\n');
    if (end + 1 < piece.length) this.#keep(piece.subarray(end + 1));
    return lines.filter((line) => {
      if (line.length > MAX_LINE_BYTES) this.#onTooLong();
      return line.length <= MAX_LINE_BYTES && line.trim() !== '';
    });
  }

  /** What follows the last end of a line; '' for nothing. */
  end(): string {
    const last = this.#skipping ? '' : Buffer.concat(this.#rest).toString();
    this.#clear();
    return last.trim() === '' ? '' : last;
  }

  #keep(piece: Buffer): void {
    if (this.#skipping) return;
    this.#rest.push(piece);
    this.#restBytes += piece.length;
    if (this.#restBytes <= MAX_LINE_BYTES) return;
    this.#clear();
    this.#skipping = true;
    this.#onTooLong();
  }

  #clear(): void {
    this.#rest = [];
    this.#restBytes = 0;
    this.#skipping = false;
  }
}

/** Also of what other parts keep of a line. */
export const MAX_LINE_BYTES = 4 * 1024 * 1024;

const NEWLINE = 10;
