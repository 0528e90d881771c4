import { checkOptions } from '../../options/index.ts';
import { type Backoff, type Jitter, spread } from './backoff.ts';

export interface ExponentialOptions {
  /** The wait after the first failure, before jitter. 0 or more. Default 100. */
  readonly baseMs?: number;
  /** What each further wait is multiplied with. 1 to 1000; 1 keeps the wait constant. Default 2. */
  readonly factor?: number;
  /** The longest wait, before jitter. 0 or more. Default 30,000. */
  readonly maxMs?: number;
  /** Default `full`. */
  readonly jitter?: Jitter;
}

/** Waits that grow: `baseMs`, times `factor` after each failure, up to `maxMs`. */
export function exponential(options: ExponentialOptions = {}): Backoff {
  const { baseMs = 100, factor = 2, maxMs = 30_000, jitter = 'full' } = options;
  checkOptions('backoff', { factor: [factor, { least: 1, most: 1000 }] });
  return spread((attempt) => baseMs * factor ** (attempt - 1), baseMs, maxMs, jitter);
}
