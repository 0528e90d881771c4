import { Signals } from '../../signals/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import { pipeline, type RunOptions } from '../pipeline/index.ts';
import { policyRefused } from '../shared-policy.ts';
import { type RateLimitOptions, rateLimit, tokenBucket } from './index.ts';

/** Two calls at once, then one in 100 ms. */
export const quota = () => tokenBucket({ tokensPerSecond: 10, burst: 2 });

/** A rate limit, and calls on it that note when they are made. */
export function limited(options: Partial<RateLimitOptions> = {}) {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const refused: unknown[] = [];
  signals.on(policyRefused, ({ data }) => refused.push(data.retryAfterMs));
  const subject = rateLimit({ name: 'llm', quota: quota(), ...options });
  const policies = pipeline({ clock, signals }, subject);
  /** When each call was made, by its name. */
  const made: Record<string, number> = {};
  const call = (name: string, run: RunOptions = {}) =>
    policies
      .run(() => {
        made[name] = clock.monotonicMs();
      }, run)
      .catch((error: unknown) => error);
  return { clock, subject, refused, made, call };
}
