import type { Environment, Policy } from '../pipeline/index.ts';
import type { BreakerControls } from './breaker-controls.ts';
import { breakerLayer } from './breaker-layer.ts';
import type { BreakerOptions } from './breaker-options.ts';
import { breakerRules } from './breaker-rules.ts';
import { createCircuit } from './circuit.ts';
import { CLOSED } from './phases.ts';

/** A policy with a state, shared by all pipelines that it is used in. */
export interface Breaker<T = unknown> extends Policy<never, T>, BreakerControls {
  readonly kind: 'breaker';
}

/**
 * Spares a dependency that fails, and its callers the wait: closed, it counts failures; open, it refuses calls with
 * the fault CIRCUIT_OPEN; half-open, it lets a few through to see. While the dependency has said that it is limited,
 * it refuses with RATE_LIMITED_BY_SERVICE or QUOTA_EXHAUSTED, which are kinds of CIRCUIT_OPEN. Throws a RangeError or
 * TypeError when an option is out of range.
 *
 * Calls are judged by what they end in: failure, or success. A call that was stopped from further out, by the
 * caller or by a timeout outside of the breaker, is not judged, and gives its place as a probe back: put a timeout
 * inside of the breaker when it should count, and a retry outside, so that it asks before each attempt. Neither is a
 * call judged that began before the last change of state.
 *
 * There is no timer: changes that time makes are made when the next call comes.
 */
export function breaker<T = never>(options: BreakerOptions<T>): Breaker<[T] extends [never] ? unknown : T> {
  const rules = breakerRules(options as BreakerOptions<unknown>);
  const circuit = createCircuit(rules, CLOSED, options.name);
  return Object.assign(circuit, {
    kind: 'breaker' as const,
    attach: (level: number, environment: Environment) =>
      breakerLayer(rules, level, environment, () => circuit, circuit.gate),
  });
}
