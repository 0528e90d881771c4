import { type Clock, systemClock } from '@sustain/kernel';
import { drillFaults } from '../drill-faults.ts';
import { type UndoCommand, watchdog } from './watchdog/index.ts';

/** Something that is broken on purpose until it is ended: by whoever broke it, by its hard end, or by the watchdog. */
export interface Injection extends AsyncDisposable {
  /** What is broken, and how, in words: `SIGSTOP to redis`. */
  readonly what: string;
  /** What stands for the real thing where the machine does not allow it, in words; undefined for the real thing. */
  readonly substitute: string | undefined;
  /** Why it has ended; undefined while it has not. */
  readonly endedBy: 'end' | 'hard-end' | undefined;
  /** Mends it. Idempotent: whoever calls waits until it is mended. Rejects with NOT_MENDED. */
  end(): Promise<void>;
}

export interface InjectionOptions {
  readonly what: string;
  readonly substitute?: string | undefined;
  /** Mends. Called once. */
  readonly undo: () => Promise<void> | void;
  /** When it is ended, whatever the drill does: the hard end. 1 to 600,000 ms. Default 30,000. */
  readonly maxMs?: number | undefined;
  /**
   * What the watchdog does if this process dies before it is mended, or has not mended it at twice `maxMs`. Needed for
   * all that outlives this process: other processes, files, mounts. In order.
   */
  readonly ifDead?: readonly UndoCommand[] | undefined;
  readonly clock?: Clock | undefined;
}

/** Registers what has just been broken, so that it will end. Break it after this, or at once before. */
export function startInjection(options: InjectionOptions): Injection {
  return new ActiveInjection(options);
}

const DEFAULT_MAX_MS = 30_000;
const MOST_MS = 600_000;

class ActiveInjection implements Injection {
  readonly what: string;
  readonly substitute: string | undefined;
  endedBy: Injection['endedBy'];
  readonly #undo: () => Promise<void> | void;
  readonly #hardEnd: { cancel(): void };
  readonly #forget: () => void;
  #mended: Promise<void> | undefined;

  constructor({
    what,
    substitute,
    undo,
    maxMs = DEFAULT_MAX_MS,
    ifDead = [],
    clock = systemClock,
  }: InjectionOptions) {
    if (!(maxMs >= 1 && maxMs <= MOST_MS)) {
      throw new RangeError(`maxMs must be 1 to ${MOST_MS}; got ${maxMs}`);
    }
    this.what = what;
    this.substitute = substitute;
    this.#undo = undo;
    this.#forget = ifDead.length > 0 ? watchdog().guard(ifDead, 2 * maxMs) : () => undefined;
    this.#hardEnd = clock.schedule(maxMs, () => this.#endOnTime(), { keepAlive: false });
  }

  end(): Promise<void> {
    return this.#mend('end');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }

  /** Who waits for `end` later learns that it failed. */
  #endOnTime(): void {
    this.#mend('hard-end').catch(() => undefined);
  }

  #mend(by: 'end' | 'hard-end'): Promise<void> {
    this.#mended ??= this.#undoOnce(by);
    return this.#mended;
  }

  async #undoOnce(by: 'end' | 'hard-end'): Promise<void> {
    this.endedBy = by;
    this.#hardEnd.cancel();
    try {
      await this.#undo();
    } catch (error) {
      throw drillFaults.NOT_MENDED({ what: this.what }, { cause: error }); // and the watchdog goes on to watch it
    }
    this.#forget();
  }
}
