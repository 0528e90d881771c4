import { type Backoff, checkWait, type Jitter, spread } from './backoff.ts';

/** The same wait each time: `delayMs`, 0 or more. With the jitter `full` or `equal` up to that; default `none`. */
export function constant(delayMs: number, { jitter = 'none' }: { readonly jitter?: Jitter } = {}): Backoff {
  checkWait('delayMs', delayMs);
  return spread(() => delayMs, delayMs, delayMs, jitter);
}
