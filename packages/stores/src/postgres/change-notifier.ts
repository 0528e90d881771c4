import type { Clock, Timer } from '@sustain/kernel';

/**
 * @internal Tells others that something was written, after it was committed, and once for all that is written within a
 * few milliseconds. Within the writing transaction each NOTIFY would take a lock of the whole database while it commits,
 * so that only one commits at a time. What is not told, as the process died between, is found by those who look.
 */
export class ChangeNotifier {
  readonly #clock: Clock;
  readonly #notify: () => Promise<unknown>;
  #timer: Timer | undefined;
  #sending: Promise<void> | undefined;
  #isDue = false;
  #isClosed = false;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, notify: () => Promise<unknown>) {
    this.#clock = clock;
    this.#notify = notify;
  }

  changed(): void {
    this.#isDue = true;
    if (this.#timer !== undefined || this.#sending !== undefined || this.#isClosed) return;
    const delayMs = Math.max(TOGETHER_MS, this.#lastMs + APART_MS - this.#clock.monotonicMs());
    this.#timer = this.#clock.schedule(delayMs, () => void this.#send(), { keepAlive: false });
  }

  /** Tells what is still to be told. Called once. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#sending;
    if (this.#isDue) await this.#send();
  }

  #send(): Promise<void> {
    this.#timer = undefined;
    this.#isDue = false;
    this.#lastMs = this.#clock.monotonicMs();
    const sent = () => {
      this.#sending = undefined;
      if (this.#isDue) this.changed();
    };
    this.#sending = this.#notify().then(sent, sent);
    return this.#sending;
  }
}

const TOGETHER_MS = 2;
const APART_MS = 10;
