import { type Backoff, checkWait, type Jitter, spread } from './backoff.ts';

export interface LinearOptions {
  /** The wait after the first failure, before jitter. 0 or more. Default 100. */
  readonly baseMs?: number;
  /** How much longer each further wait is. 0 or more. Default: `baseMs`. */
  readonly stepMs?: number;
  /** The longest wait, before jitter. 0 or more. Default 30,000. */
  readonly maxMs?: number;
  /** Default `full`. */
  readonly jitter?: Jitter;
}

/** Waits that grow evenly: `baseMs`, and `stepMs` more after each failure, up to `maxMs`. */
export function linear(options: LinearOptions = {}): Backoff {
  const { baseMs = 100, stepMs = baseMs, maxMs = 30_000, jitter = 'full' } = options;
  checkWait('stepMs', stepMs);
  return spread((attempt) => baseMs + stepMs * (attempt - 1), baseMs, maxMs, jitter);
}
