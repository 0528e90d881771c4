import { isCancelled } from '../../faults/index.ts';
import { type Call, changes, type Environment, type Gate, type Layer, layer } from '../pipeline/index.ts';
import type { ServiceLimit } from './breaker-controls.ts';
import { breakerFaults } from './breaker-faults.ts';
import { breakerChanged } from './breaker-transitions.ts';
import type { Admitted, BreakerRules, Circuit } from './circuit.ts';
import { judge } from './judge.ts';
import { passes, retryAfterMsOf } from './phases.ts';

/** @internal The hooks of a breaker: which circuit a call goes by, what it says of it, and what a circuit says to it. */
export function breakerLayer(
  rules: BreakerRules,
  level: number,
  { clock, random, signals }: Environment,
  circuitOf: (call: Call) => Circuit,
  gate?: Gate,
): Layer {
  rules.clock ??= clock;
  rules.random ??= random;
  rules.changed ??= signals.channel(breakerChanged);
  const leaving =
    (verdictOf: (call: Call) => boolean | ServiceLimit | undefined) =>
    (call: Call): undefined => {
      const admitted = call.recall(level) as Admitted | undefined;
      const circuit = admitted?.circuit ?? circuitOf(call);
      let verdict: boolean | ServiceLimit | undefined;
      // A predicate that throws must not keep the call's place.
      try {
        verdict = verdictOf(call);
        if (typeof verdict === 'function') verdict = verdict(circuit) as undefined;
      } finally {
        if ((admitted ? admitted.era : call.began) >= circuit.gate.changed) {
          circuit.gate.active--;
          const ended = verdict === undefined ? undefined : admitted;
          judge(circuit, clock.monotonicMs(), verdict as boolean | undefined, ended);
          if (admitted) admitted.isOver = true;
        }
      }
    };
  return layer({
    gate,
    timed: true,
    enter(call, nowMs): undefined {
      const circuit = circuitOf(call);
      if (passes(circuit, nowMs)) {
        const admitted = { circuit, era: changes.count, startMs: nowMs, isOver: false, isSlow: false };
        judge(circuit, nowMs, undefined, admitted);
        // Unless a call in flight has become too slow.
        if (admitted.era >= circuit.gate.changed) {
          circuit.gate.active++;
          return call.remember(level, admitted) as undefined;
        }
      }
      call.refuse({
        retryable: false,
        toFault(operationId) {
          const { state, fault = breakerFaults.CIRCUIT_OPEN } = circuit.phase;
          const retryAfterMs = retryAfterMsOf(circuit);
          return fault({ breaker: circuit.name, state, retryAfterMs }, { operationId });
        },
      });
    },
    succeeded: leaving(({ value }) => Boolean(rules.isFailureResult?.(value))),
    failed: leaving(
      (call) =>
        rules.isFailure?.(call.error) ??
        (call.refusal !== undefined || !isCancelled(call.error) || undefined),
    ),
    cancelled: leaving(() => undefined),
  });
}
