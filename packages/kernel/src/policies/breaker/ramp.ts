import { COUNT, checkOptions, POSITIVE } from '../../options/index.ts';
import type { Clock } from '../../time/index.ts';
import { become, type Change } from './circuit.ts';
import { close, open } from './phases.ts';
import { RATIO } from './ratio.ts';

export interface RampOptions {
  /** How long it takes. Milliseconds, above 0. */
  readonly durationMs: number;
  /** The share of failures from which on the breaker opens again. Above 0, up to 1. Default 0.5. */
  readonly failureRatio?: number;
  /** Fewer calls than this are no evidence. A whole number, 1 or more. Default 5. */
  readonly minimumCalls?: number;
}

/**
 * Closes a breaker slowly after its probes have succeeded: a share of the calls passes, evenly spaced, that grows from
 * none to all. Too many failures among them open it again, as its own rules do. The first call passes. Throws a
 * RangeError or TypeError when an option is out of range.
 */
export function ramp(options: RampOptions): Change {
  const { durationMs, failureRatio = 0.5, minimumCalls = 5 } = options;
  checkOptions('ramp', {
    durationMs: [durationMs, POSITIVE],
    failureRatio: [failureRatio, RATIO],
    minimumCalls: [minimumCalls, COUNT],
  });
  return (circuit, reason) => {
    const beginMs = (circuit.rules.clock as Clock).monotonicMs();
    const shareAt = (nowMs: number) => Math.min((nowMs - beginMs) / durationMs, 1);
    let succeeded = 0;
    let failed = 0;
    // What has been saved up for the next call: the error of the shares so far, diffused.
    let credit = 1;
    become(
      circuit,
      {
        state: 'recovering',
        trip: open,
        admits(nowMs) {
          const share = shareAt(nowMs);
          if (share === 1) close(circuit, 'recovered');
          credit += share;
          return credit >= 1 && credit-- > 0;
        },
        judge(isFailure) {
          if (isFailure) failed++;
          else succeeded++;
          const calls = succeeded + failed;
          if (isFailure && calls >= minimumCalls && failed / calls >= failureRatio) {
            open(circuit, 'recovery-failed');
          }
        },
        view: (nowMs) => ({ share: shareAt(nowMs) }),
      },
      reason,
    );
  };
}
