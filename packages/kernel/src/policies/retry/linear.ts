import { type Backoff, type GrowthOptions, spread } from './backoff.ts';

/** Waits that grow evenly: `baseMs` more after each failure, up to `maxMs`. */
export function linear(options: GrowthOptions = {}): Backoff {
  return spread(options, (attempt, baseMs) => baseMs * attempt);
}
