import { isCancelled } from '../../faults/index.ts';
import { type Call, type Environment, type Layer, layer } from '../pipeline/index.ts';
import type { BreakerRules } from './breaker-options.ts';
import { breakerChanged } from './breaker-state.ts';
import type { Admitted, Circuit } from './circuit.ts';

/** @internal The hooks of a breaker: which circuit a call goes by, what it says of it, and what a circuit says to it. */
export function breakerLayer(
  rules: BreakerRules,
  level: number,
  environment: Environment,
  circuitOf: (call: Call) => Circuit,
  hooks: Partial<Layer>,
): Layer {
  const { name, clock, random, signals } = environment;
  const { timed } = hooks;
  rules.clock ??= clock;
  rules.random ??= random;
  rules.changed ??= signals.channel(breakerChanged);
  if (rules.clock !== clock) {
    throw new TypeError(
      `the breaker ${rules.name} and the pipeline ${name} go by different clocks: give both the same`,
    );
  }
  const leave = (call: Call, judge: (circuit: Circuit) => boolean | undefined): undefined => {
    const admitted = call.recall(level) as Admitted | undefined;
    const circuit = admitted?.circuit ?? circuitOf(call);
    let isFailure: boolean | undefined;
    // A predicate that throws must not keep the call's place.
    try {
      isFailure = judge(circuit);
    } finally {
      circuit.leave(isFailure, admitted?.era ?? call.began, admitted);
    }
  };
  return layer({
    ...hooks,
    enter: (call, nowMs) => {
      const circuit = circuitOf(call);
      const admitted = circuit.admit(timed ? nowMs : clock.monotonicMs());
      if (admitted) call.remember(level, admitted);
      else call.refuse(circuit);
      return undefined;
    },
    succeeded: (call) => leave(call, () => rules.isFailureResult?.(call.value) ?? false),
    failed: (call) =>
      leave(call, (circuit) => {
        const { isFailure, limitOf } = rules;
        const limit = limitOf?.(call.error);
        if (limit) return circuit.limit(limit) as undefined;
        if (isFailure) return isFailure(call.error);
        return call.refusal === undefined && isCancelled(call.error) ? undefined : true;
      }),
    cancelled: (call) => leave(call, () => undefined),
  });
}
