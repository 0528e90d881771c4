import { once } from 'node:events';
import { basename } from 'node:path';
import process from 'node:process';
import { systemClock } from '@sustain/kernel';
import { untilShutdownSignal } from '@sustain/kernel/node';
import { defused } from '@sustain/ops/log';
import { type LogProgress, LogTroubles } from '@sustain/ops/log/analysis';
import { Interrupted } from '../interrupted.ts';
import { ProgressBar } from './progress-bar.ts';

/** What the commands read and print with. */
export interface Run {
  /** Aborts on Ctrl-C, and when nobody reads the output any more. */
  readonly signal: AbortSignal;
  readonly troubles: LogTroubles;
  onProgress(progress: LogProgress): void;
  /** Prints, and waits while the reader is slow. */
  print(text: string): Promise<void>;
  /** For people, on stderr. */
  note(text: string): void;
}

/**
 * Runs a command on logs, and then tells what could not be read. A reader that went away (`| head`) ends it quietly;
 * rejects with Interrupted on Ctrl-C.
 */
export async function runOnLogs(work: (run: Run) => Promise<void>): Promise<void> {
  const shutdown = untilShutdownSignal({ signals: ['SIGINT'] });
  const output = new Output();
  const signal = AbortSignal.any([shutdown.signal, output.closed]);
  const troubles = new LogTroubles();
  const note = (text: string) => {
    output.progress.clear();
    process.stderr.write(text);
  };
  try {
    await work({
      signal,
      troubles,
      note,
      onProgress: (progress) => output.progress.show(progress),
      print: (text) => output.print(text, signal),
    });
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    output.flush();
    output.progress.clear();
    shutdown.dispose();
  }
  if (!output.closed.aborted) note(describe(troubles));
  if (shutdown.signal.aborted) throw new Interrupted();
}

/** Standard output, written in larger pieces: at once when there is nothing else to do. */
class Output {
  readonly progress = new ProgressBar(process.stderr, systemClock);
  readonly #closed = new AbortController();
  #pending = '';
  #scheduled: NodeJS.Immediate | undefined;

  constructor() {
    process.stdout.once('error', () => this.#closed.abort());
    process.stdout.once('close', () => this.#closed.abort());
  }

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  async print(text: string, signal: AbortSignal): Promise<void> {
    this.#pending += text;
    if (this.#pending.length < PIECE_CHARS) this.#scheduled ??= setImmediate(() => this.flush());
    else this.flush();
    if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain', { signal });
  }

  flush(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    const text = this.#pending;
    this.#pending = '';
    if (text === '' || this.closed.aborted) return;
    this.progress.clear();
    process.stdout.write(text);
  }
}

const PIECE_CHARS = 64 * 1024;

function describe(troubles: LogTroubles): string {
  const list = troubles.list();
  if (list.length === 0) return '';
  const told = list
    .slice(0, MOST_TOLD)
    .map(({ path, reason, count }) => `${count} × ${reason} in ${basename(path)}`);
  const more = list.length > MOST_TOLD ? `, and ${list.length - MOST_TOLD} more such` : '';
  return `sustain: skipped what cannot be read: ${defused(told.join(', '))}${more}\n`;
}

const MOST_TOLD = 8;
