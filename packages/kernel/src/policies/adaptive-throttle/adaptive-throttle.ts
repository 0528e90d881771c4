import { isCancelled } from '../../faults/index.ts';
import { checkOptions, FUNCTION, POSITIVE } from '../../options/index.ts';
import type { Policy } from '../pipeline/index.ts';
import { sharedPolicy } from '../shared-policy.ts';
import { adaptiveThrottleFaults } from './adaptive-throttle-faults.ts';

export interface AdaptiveThrottleOptions {
  /** Whose calls they are: the dependency. */
  readonly name: string;
  /**
   * How many times as many calls as were accepted are let through. 1 or more; 1 refuses most, and notices the
   * recovery latest. Default 2.
   */
  readonly factor?: number;
  /** After so long a call counts half. Above 0. Default 30,000. */
  readonly halfLifeMs?: number;
  /** While fewer calls are counted, none is refused. 0 or more. Default 10. */
  readonly minimumCalls?: number;
  /** Whether an error says that the call was not accepted. Default: all do, save a cancellation. */
  readonly isFailure?: (error: unknown) => boolean;
}

/** A policy with a state, shared by all pipelines that it is used in. */
export interface AdaptiveThrottle extends Policy<never, unknown> {
  readonly kind: 'adaptive-throttle';
  readonly name: string;
  /** The share of calls that it refuses, 0 to 1. */
  readonly share: number;
}

/**
 * A breaker in proportion: refuses the share of calls that goes beyond `factor` times what the dependency accepts, with
 * the fault THROTTLED, and lets the others through. There are no states and no probes: what gets through shows
 * when it recovers. For dependencies that fail in part, and for many clients of one overloaded service.
 *
 * The share is (calls - factor × accepted) / (calls + 1): Beyer et al., "Site Reliability Engineering" (2016), chapter
 * 21, client-side throttling. Counts fade with a half-life instead of leaving a window. A refused call counts as a
 * call, so that the share grows while callers insist. A call that was stopped from further out does not count.
 *
 * Belongs where a breaker would be: inside of a retry, outside of a timeout.
 */
export function adaptiveThrottle(options: AdaptiveThrottleOptions): AdaptiveThrottle {
  const { name, factor = 2, halfLifeMs = 30_000, minimumCalls = 10 } = options;
  const { isFailure = (error) => !isCancelled(error) } = options;
  const of = `adaptive throttle ${name}`;
  checkOptions(of, {
    factor: [factor, { least: 1 }],
    halfLifeMs: [halfLifeMs, POSITIVE],
    minimumCalls: [minimumCalls, { least: 0 }],
    isFailure: [isFailure, FUNCTION],
  });
  let calls = 0;
  let accepted = 0;
  let countedMs = 0;
  const share = () => (calls < minimumCalls ? 0 : Math.max(0, (calls - factor * accepted) / (calls + 1)));
  return Object.freeze({
    ...sharedPolicy(
      'adaptive-throttle',
      name,
      adaptiveThrottleFaults.THROTTLED,
      (environment, refusalOf) => ({
        timed: true,
        enter(call, nowMs) {
          const fade = 2 ** ((countedMs - nowMs) / halfLifeMs);
          countedMs = nowMs;
          accepted *= fade;
          calls = calls * fade + 1;
          const refused = share();
          if (environment.random.next() < refused) {
            const refusal = refusalOf(call, { adaptiveThrottle: name, share: refused });
            call.refuse({ ...refusal, retryable: false });
          }
          return undefined;
        },
        succeeded() {
          accepted++;
          return undefined;
        },
        failed(call) {
          if (!isFailure(call.error)) accepted++;
          return undefined;
        },
        cancelled() {
          calls = Math.max(0, calls - 1);
          return undefined;
        },
      }),
    ),
    get share() {
      return share();
    },
  });
}
