import { checkOptions } from '../../options/index.ts';
import type { LimitAlgorithm } from './limit-algorithm.ts';

export interface Gradient2Options {
  /** Five times what the limit grows by with each sample while latency is low. 0 or more. Default 4. */
  readonly queueSize?: number;
  /** How many times the usual latency is still no queue. 1 or more. Default 1.5. */
  readonly tolerance?: number;
}

/**
 * Follows latency: Gradient2Limit of Netflix's concurrency-limits in its WindowedLimit of a second and 10 calls at least,
 * with the formulas and defaults of these. With each sample of mean latency `short`:
 *
 *     long     = mean of the first 10 samples, then long + (short - long) · 2 / 601
 *     long     = 0.95 · long                     for the next time, if long > 2 · short
 *     gradient = max(0.5, min(1, tolerance · long / short, 1 - dropped))
 *     limit    = 0.8 · limit + 0.2 · (limit · gradient + queueSize)
 *
 * The limit stays as it is while less than half of it is in use. `dropped`, the share of dropped calls, is ours: theirs
 * counts drops by the time that they took, so that quick refusals look like a quick service. Throws a RangeError or
 * TypeError when an option is out of range.
 *
 * What lasts becomes usual: under an overload that goes on for minutes `long` follows, and the limit rises again, up to
 * `maxLimit`. Set that to what the service can bear at all.
 */
export function gradient2({ queueSize = 4, tolerance = 1.5 }: Gradient2Options = {}): LimitAlgorithm {
  checkOptions('gradient2', { queueSize: [queueSize, { least: 0 }], tolerance: [tolerance, { least: 1 }] });
  let longRttMs = 0;
  let samples = 0;
  return {
    windowMs: 1000,
    windowCalls: 10,
    next(limit, { rttMs, inFlight, dropped }) {
      let gradient = 1 - dropped;
      if (rttMs > 0) {
        longRttMs += (rttMs - longRttMs) * (++samples <= WARM_UP ? 1 / samples : 2 / (LONG_WINDOW + 1));
        gradient = Math.min(gradient, (tolerance * longRttMs) / rttMs);
        if (longRttMs > 2 * rttMs) longRttMs *= 0.95;
      }
      if (inFlight < limit / 2) return limit;
      return limit + SMOOTHING * (queueSize + limit * (Math.max(gradient, 0.5) - 1));
    },
  };
}

const SMOOTHING = 0.2;
const WARM_UP = 10;
const LONG_WINDOW = 600;
