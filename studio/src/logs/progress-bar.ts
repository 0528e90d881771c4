import type { Clock } from '@sustain/kernel';
import type { LogProgress } from '@sustain/ops/log/analysis';

/** Shows people how far a reading is: in the last line of a terminal, ten times a second at most, and only when it takes long. */
export class ProgressBar {
  readonly #output: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly #clock: Clock;
  readonly #startMs: number;
  #shownMs: number;
  #isShown = false;

  constructor(output: { write(text: string): unknown; readonly isTTY?: boolean }, clock: Clock) {
    this.#output = output;
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
    this.#shownMs = this.#startMs;
  }

  show({ readBytes, totalBytes }: LogProgress): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#output.isTTY !== true || totalBytes === 0 || nowMs - this.#shownMs < EVERY_MS) return;
    this.#shownMs = nowMs;
    this.#isShown = true;
    const done = readBytes / totalBytes;
    const bar = '#'.repeat(Math.floor(done * WIDTH)).padEnd(WIDTH, '.');
    const perSecond = megabytes(readBytes / ((nowMs - this.#startMs) / 1000));
    const text = `[${bar}] ${Math.floor(done * 100)} % of ${megabytes(totalBytes)}, ${perSecond}/s`;
    this.#output.write(`\r${text}\x1b[K`);
  }

  /** Takes it away, so that other text can stand there. */
  clear(): void {
    if (this.#isShown) this.#output.write('\r\x1b[K');
    this.#isShown = false;
  }
}

const EVERY_MS = 100;
const WIDTH = 30;

function megabytes(sizeBytes: number): string {
  return `${(sizeBytes / 1e6).toFixed(1)} MB`;
}
