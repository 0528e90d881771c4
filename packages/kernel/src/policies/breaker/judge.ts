import { FOREVER } from '../../options/index.ts';
import type { BreakerReason } from './breaker-transitions.ts';
import type { Admitted, Circuit } from './circuit.ts';
import type { Tally } from './trip-rule.ts';

/**
 * @internal Counts a result, when there is one, and the successes that the gate has counted, and draws the conclusions.
 * `call` is the one that ended with the result or, without a result, one that begins. From now on calls pass by the gate
 * as long as the phase lets them, nothing has to see them, and no window must move on.
 */
export function judge(circuit: Circuit, nowMs: number, isFailure?: boolean, call?: Admitted): void {
  const { gate, phase, rules, tallies } = circuit;
  if (isFailure === false) gate.successes++;
  // It wraps around.
  const succeeded = gate.successes >>> 0;
  gate.successes = 0;
  gate.untilMs = phase.admits || rules.isFailureResult ? 0 : FOREVER;
  if (succeeded > 0) circuit.failuresInARow = 0;
  let why: BreakerReason | undefined;
  if (isFailure && ++circuit.failuresInARow >= rules.consecutive) why = 'consecutive-failures';
  rules.trip.forEach((rule, at) => {
    if (rule.count(tallies[at] as Tally, gate, nowMs, succeeded, isFailure && 1, call)) why ??= rule.reason;
  });
  if (why && phase.trip) phase.trip(circuit, why);
  else if (isFailure !== undefined) phase.judge?.(call?.isSlow || isFailure);
}
