import { type Backoff, type Jitter, spread } from './backoff.ts';

export interface LinearOptions {
  /** The wait after the first failure, before jitter. 0 or more. Default 100. */
  readonly baseMs?: number;
  /** The longest wait, before jitter. 0 or more. Default 30,000. */
  readonly maxMs?: number;
  /** Default `full`. */
  readonly jitter?: Jitter;
}

/** Waits that grow evenly: `baseMs` more after each failure, up to `maxMs`. */
export function linear(options: LinearOptions = {}): Backoff {
  const { baseMs = 100, maxMs = 30_000, jitter = 'full' } = options;
  return spread((attempt) => baseMs * attempt, baseMs, maxMs, jitter);
}
