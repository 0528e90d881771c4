import type { Clock, KeyLock } from '@sustain/kernel';
import { fallbackFaults } from './fallback-faults.ts';
import { inTurn } from './in-turn.ts';
import type { Journal } from './journal.ts';
import type { Pending } from './pending.ts';

export interface ReturnRunOptions {
  readonly pending: Pending;
  readonly journal: Journal;
  readonly lock: KeyLock;
  readonly clock: Clock;
  /** The wait after the spare has failed. */
  readonly retryMs: number;
  /** To be called while the key is held. */
  readonly replayKey: (key: string) => Promise<void>;
  /** Whether the journal is to be brought into the primary now. */
  readonly isWanted: () => boolean;
  /** Whether nothing is being written into the journal. */
  readonly isIdle: () => boolean;
  readonly onAway: (error: unknown) => void;
  readonly onDone: () => void;
}

/** @internal Brings the journal into the primary, several keys beside each other, until it is empty. */
export class ReturnRun {
  readonly #options: ReturnRunOptions;
  readonly #controller = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: ReturnRunOptions) {
    this.#options = options;
  }

  /** Begins, if it is to and has not. */
  start(): void {
    if (this.#running !== undefined || !this.#options.isWanted()) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      // It may be wanted again since it saw that it was not.
      if (this.#options.isWanted() && this.#options.isIdle()) this.start();
    });
  }

  /** For good. Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#controller.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { pending, journal, isWanted, isIdle, onAway, onDone } = this.#options;
    while (isWanted()) {
      try {
        if (pending.entries > 0) await this.#replayAll();
        else if (!journal.isClean) await journal.clean();
        // Who is writing into the journal now starts this anew.
        else if (isIdle()) return onDone();
        else return;
      } catch (error) {
        if (!fallbackFaults.JOURNAL_UNAVAILABLE.matches(error)) onAway(error);
        else if (!(await this.#wait())) return;
      }
    }
  }

  async #replayAll(): Promise<void> {
    const keys = this.#options.pending.keys().values();
    const errors: unknown[] = [];
    const work = async () => {
      for (const key of keys) {
        if (errors.length > 0 || !this.#options.isWanted()) return;
        await inTurn(this.#options.lock, key, () => this.#replayHeld(key));
      }
    };
    const workers = Array.from({ length: KEYS_AT_ONCE }, () => work().catch((error) => errors.push(error)));
    await Promise.all(workers);
    if (errors.length > 0) throw errors[0];
  }

  /** By now it may no longer be wanted, and the key may have come first. */
  async #replayHeld(key: string): Promise<void> {
    if (this.#options.isWanted()) await this.#options.replayKey(key);
  }

  async #wait(): Promise<boolean> {
    const { clock, retryMs } = this.#options;
    const options = { signal: this.#controller.signal, keepAlive: false };
    return clock.sleep(retryMs, options).then(
      () => true,
      () => false,
    );
  }
}

const KEYS_AT_ONCE = 32;
