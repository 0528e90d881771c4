import type { Clock } from '@sustain/kernel';
import { sessionFaults } from '../../faults.ts';
import type { ScopedKey } from './idempotency-key.ts';

/**
 * The idempotency keys that this instance has seen in the last day, {@link MOST_KEYS} at most. It tells a key that comes
 * with something else, and one that is under way; that nothing is done twice does not depend on it, but on the ids that
 * are made of keys, which sessions keep.
 */
export class KnownKeys {
  readonly #clock: Clock;
  readonly #keys = new Map<string, Known>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many are known. */
  get size(): number {
    return this.#keys.size;
  }

  /**
   * Does `work`, which hears whether what it does was done under this key before. Rejects with SESSION_KEY_REUSED when the
   * key came with something else, with SESSION_REQUEST_UNDER_WAY while the first is under way, and with what `work` does;
   * a key whose work was refused may come again with something else.
   */
  async run<T>(operation: string, key: ScopedKey, work: (wasDone: boolean) => Promise<T>): Promise<T> {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#find(key.id, nowMs);
    if (known !== undefined && known.fingerprint !== key.fingerprint) throw keyReused(operation);
    if (known?.state === 'under way') {
      const reason = 'a request with the same Idempotency-Key is under way';
      throw sessionFaults.SESSION_REQUEST_UNDER_WAY({ operation, reason, retryAfterMs: RETRY_AFTER_MS });
    }
    const begun: Known = { state: 'under way', fingerprint: key.fingerprint, nowMs };
    this.#keep(key.id, begun);
    try {
      const result = await work(known?.state === 'done');
      this.#keep(key.id, { ...begun, state: 'done' });
      return result;
    } catch (error) {
      if (known === undefined && isRefusal(error)) this.#keys.delete(key.id);
      else this.#keep(key.id, { ...begun, state: known?.state ?? 'unknown' });
      throw error;
    }
  }

  #find(id: string, nowMs: number): Known | undefined {
    const known = this.#keys.get(id);
    if (known === undefined || known.state === 'under way' || nowMs - known.nowMs < DAY_MS) return known;
    this.#keys.delete(id);
    return undefined;
  }

  #keep(id: string, known: Known): void {
    this.#keys.delete(id);
    this.#keys.set(id, known);
    for (const [oldest, { state, nowMs }] of this.#keys) {
      const isOld = state !== 'under way' && known.nowMs - nowMs >= DAY_MS;
      if (!isOld && this.#keys.size <= MOST_KEYS) break;
      this.#keys.delete(oldest);
    }
  }
}

/** That a key came with something else than before. */
export function keyReused(operation: string): Error {
  const reason = 'was sent before with something else: take a new key for a new request';
  return sessionFaults.SESSION_KEY_REUSED({ operation, field: 'Idempotency-Key', reason });
}

/** About 200 bytes each. */
export const MOST_KEYS = 20_000;

const DAY_MS = 86_400_000;
const RETRY_AFTER_MS = 1000;

interface Known {
  /** `unknown`: it failed, and may have happened. */
  readonly state: 'under way' | 'done' | 'unknown';
  readonly fingerprint: string;
  readonly nowMs: number;
}

/** Whether nothing can have happened. */
function isRefusal(error: unknown): boolean {
  return sessionFaults.SESSION_ERROR.matches(error) && ['client', 'conflict'].includes(error.category);
}
