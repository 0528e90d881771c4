import type { Clock } from '@sustain/kernel';

/** Where it is shown. */
export interface ProgressOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/**
 * Shows people how far something is: in the last line of a terminal, ten times a second at most; elsewhere as a plain line
 * every 10 s.
 */
export class ProgressLine {
  readonly #output: ProgressOutput;
  readonly #clock: Clock;
  #shownMs: number;
  #isShown = false;

  constructor(output: ProgressOutput, clock: Clock) {
    this.#output = output;
    this.#clock = clock;
    this.#shownMs = clock.monotonicMs();
  }

  /** `done` is 0 to 1, undefined when there is no end; `text` is asked only when it is shown. */
  show(done: number | undefined, text: () => string): void {
    const isTerminal = this.#output.isTTY === true;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#shownMs < (isTerminal ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS)) return;
    this.#shownMs = nowMs;
    this.#isShown = isTerminal;
    if (isTerminal) this.#output.write(`\r${barOf(done)}${text()}\x1b[K`);
    else this.#output.write(`${text()}\n`);
  }

  /** Says something in a line of its own, which stays. */
  note(text: string): void {
    this.clear();
    this.#output.write(`${text}\n`);
  }

  /** Takes the line away, so that other text can stand there. */
  clear(): void {
    if (this.#isShown) this.#output.write('\r\x1b[K');
    this.#isShown = false;
  }
}

/** Minutes and seconds: `1:05`. */
export function minutesText(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

function barOf(done: number | undefined): string {
  if (done === undefined) return '';
  const filled = Math.floor(Math.min(1, done) * WIDTH);
  return `[${'#'.repeat(filled).padEnd(WIDTH, '.')}] `;
}

const TERMINAL_EVERY_MS = 100;
const PLAIN_EVERY_MS = 10_000;
const WIDTH = 30;
