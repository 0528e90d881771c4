import { isCancelled } from '../../faults/index.ts';
import { type Call, type Environment, type Gate, type Layer, layer } from '../pipeline/index.ts';
import type { BreakerCircuit } from './breaker-circuit.ts';

import { breakerChanged } from './breaker-state.ts';
import type { Admitted, BreakerRules } from './circuit.ts';
import { admit, leave } from './judge-calls.ts';

/** @internal The hooks of a breaker: which circuit a call goes by, what it says of it, and what a circuit says to it. */
export function breakerLayer(
  rules: BreakerRules,
  level: number,
  environment: Environment,
  circuitOf: (call: Call) => BreakerCircuit,
  gate?: Gate,
): Layer {
  const { name, clock, random, signals } = environment;
  rules.clock ??= clock;
  rules.random ??= random;
  rules.changed ??= signals.channel(breakerChanged);
  if (rules.clock !== clock) {
    throw new TypeError(
      `the breaker ${rules.name} and the pipeline ${name} go by different clocks: give both the same`,
    );
  }
  const leaving = (judge: (call: Call, circuit: Admitted['circuit']) => unknown) => (call: Call) => {
    const admitted = call.recall(level) as Admitted | undefined;
    const circuit = admitted?.circuit ?? circuitOf(call);
    let isFailure: unknown;
    // A predicate that throws must not keep the call's place.
    try {
      isFailure = judge(call, circuit);
    } finally {
      leave(circuit, isFailure as boolean | undefined, admitted?.era ?? call.began, admitted);
    }
    return undefined;
  };
  return layer({
    gate,
    timed: true,
    enter(call, nowMs) {
      const circuit = circuitOf(call);
      const admitted = admit(circuit, nowMs);
      if (admitted) call.remember(level, admitted);
      else call.refuse(circuit);
      return undefined;
    },
    succeeded: leaving(({ value }) => rules.isFailureResult?.(value) ?? false),
    failed: leaving((call, circuit) => {
      const { isFailure, limitOf } = rules;
      const limit = limitOf?.(call.error);
      if (limit) return limit(circuit);
      if (isFailure) return isFailure(call.error);
      return call.refusal !== undefined || !isCancelled(call.error) || undefined;
    }),
    cancelled: leaving(() => undefined),
  });
}
