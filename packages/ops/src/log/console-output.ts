import { type Severity, severity } from '@sustain/kernel';
import type { EntryParts, LogOutput } from './entry-writer.ts';
import type { MutableLogCounts } from './log-counts.ts';
import type { ConsoleOutputOptions, ConsoleStream } from './log-options.ts';
import { prettyLine } from './pretty-line.ts';

/**
 * Prints entries. When nobody reads them (a pipe that is full, or closed), they are dropped and counted instead of
 * waiting in memory.
 */
export class ConsoleOutput implements LogOutput {
  readonly least: Severity;
  readonly readsLine: boolean;
  readonly #stream: ConsoleStream;
  readonly #hasColors: boolean;
  readonly #counts: MutableLogCounts;

  constructor(options: ConsoleOutputOptions, least: Severity, counts: MutableLogCounts) {
    const { stream = process.stderr, console: format } = options;
    this.least = least;
    this.readsLine = format === 'json';
    this.#stream = stream;
    this.#hasColors = options.colors ?? (stream.isTTY === true && !process.env['NO_COLOR']);
    this.#counts = counts;
  }

  write(line: string, entry: EntryParts): boolean {
    if (isBroken(this.#stream) || (this.#stream.writableLength ?? 0) > MOST_WAITING_BYTES) {
      this.#counts.dropped.console++;
      return true;
    }
    try {
      this.#stream.write(this.readsLine ? line : prettyLine(entry, this.#hasColors));
    } catch {
      this.#counts.dropped.console++;
    }
    return true;
  }

  /** Streams of the process hand over by themselves. */
  async flush(): Promise<void> {
    await Promise.resolve();
  }

  flushSync(): void {
    // Nothing is kept back here.
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }
}

/**
 * Whether a stream has failed since it was first asked of. Without a listener, the reader of `program 2>&1 | head`
 * going away ends the program. It stays: what was written last may fail after all has been closed.
 */
function isBroken(stream: ConsoleStream): boolean {
  const known = streams.get(stream);
  if (known !== undefined) return known.isBroken;
  const health = { isBroken: false };
  streams.set(stream, health);
  stream.on?.('error', () => {
    health.isBroken = true;
  });
  return false;
}

const streams = new WeakMap<ConsoleStream, { readonly isBroken: boolean }>();

const MOST_WAITING_BYTES = 1_048_576;

/** Prints what could not be written to a file, where no console does so anyway. */
export function emergencyConsole(counts: MutableLogCounts): ConsoleOutput {
  return new ConsoleOutput({ console: 'pretty' }, severity.DEBUG, counts);
}
