import type { Breaker } from './breaker.ts';
import type { BreakerSettings } from './breaker-options.ts';
import { breakerRules } from './breaker-rules.ts';
import { type BreakerRules, type Circuit, countAnew } from './circuit.ts';
import type { KeyedBreakers } from './keyed-breakers.ts';

/**
 * Gives a breaker, or all of a `keyedBreakers`, these settings anew; the others stay as they were given. So does the
 * state: what has begun (a wait, the probes, a ramp) goes on as it was. With another `trip` it counts anew; else what was
 * counted stays. Throws like `breaker`, and changes nothing then.
 */
export function reconfigureBreaker<T>(
  breaker: Breaker<T> | KeyedBreakers<T>,
  settings: BreakerSettings<NoInfer<T>>,
): void {
  const { rules, circuits } = breaker as unknown as Reconfigurable;
  breakerRules({ ...rules.options, ...(settings as BreakerSettings<unknown>) }, rules);
  for (const circuit of circuits?.() ?? [breaker as unknown as Circuit]) {
    if ('trip' in settings) countAnew(circuit);
    circuit.gate.untilMs = 0;
  }
}

interface Reconfigurable {
  readonly rules: BreakerRules;
  readonly circuits?: () => readonly Circuit[];
}
