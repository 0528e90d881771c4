import { checkOptions, WAIT } from '../../options/index.ts';
import { type Backoff, type Jitter, spread } from './backoff.ts';

/** The same wait each time: `delayMs`, 0 or more. With the jitter `full` up to that; default `none`. */
export function constant(delayMs: number, { jitter = 'none' }: { readonly jitter?: Jitter } = {}): Backoff {
  checkOptions('backoff', { delayMs: [delayMs, WAIT] });
  return spread({ maxMs: delayMs, jitter }, () => delayMs);
}
