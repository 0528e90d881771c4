import { keyLock, untilAborted } from '@sustain/kernel';
import { headKey } from '../layout/index.ts';
import type { SessionKey } from '../session/index.ts';

/** Whose turn it is with each session: all that is done to one is done one after the other. */
export class SessionTurns {
  readonly #lock = keyLock();
  /** What goes on, perhaps, after nobody waits for it any more. */
  readonly #working = new Set<Promise<unknown>>();

  /** What is begun is done, whether somebody still waits for it or not. */
  run<T>(key: SessionKey, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const running = this.#lock.run(headKey(key), work, { signal });
    if (signal === undefined) return running;
    const over = running.then(nothing, nothing);
    this.#working.add(over);
    void over.then(() => this.#working.delete(over));
    return untilAborted(running, signal);
  }

  /** The same by the key of the session's head. */
  runAt<T>(headKey: string, work: () => Promise<T>): Promise<T> {
    return this.#lock.run(headKey, work);
  }

  /** Resolves when nothing goes on any more of what nobody waits for. */
  async idle(): Promise<void> {
    await Promise.all(this.#working);
  }
}

function nothing(): undefined {
  return undefined;
}
