import { type FaultContext, type FaultFactory, severity } from '../faults/index.ts';
import { checkOptions, TEXT } from '../options/index.ts';
import { defineSignal } from '../signals/index.ts';
import { type Call, type Environment, type Layer, layer, type Refusal } from './pipeline/index.ts';

/**
 * A policy has refused a call: of which kind, and what its fault would say. The source of the signal is the policy's name.
 * Breakers tell when they open instead.
 */
export const policyRefused = defineSignal<{ readonly policy: string } & FaultContext>('policy.refused');

/** A refusal that becomes a fault with this context when somebody looks at it. The signal is told at once. */
export type RefusalOf<Context> = (call: Call, context: Context) => Refusal;

/** What the faults of policies have in common that refuse what is too much. */
export const tooMuch = {
  category: 'overload',
  severity: severity.WARNING,
  recovery: 'default_fallback',
  retryable: true,
  stack: false,
  userMessage: 'Too much is going on at once. Please try again.',
};

/**
 * A policy with a name and a state, shared by all pipelines that it is used in, which refuses calls with a fault that is
 * retryable. The pipelines must go by the same clock. Throws a TypeError when the name is none.
 */
export function sharedPolicy<Kind extends string, Context extends FaultContext>(
  kind: Kind,
  name: string,
  factory: FaultFactory<string, Context>,
  hooks: (environment: Environment, refusalOf: RefusalOf<Context>, level: number) => Partial<Layer>,
): { kind: Kind; name: string; attach(level: number, environment: Environment): Layer } {
  checkOptions(kind, { name: [name, TEXT] });
  return {
    kind,
    name,
    attach(level, environment) {
      const channel = environment.signals.channel(policyRefused);
      const refusalOf = (call: Call, context: Context) => {
        if (channel.heard)
          channel.emit({ policy: kind, ...context }, { source: name, operationId: call.operationId });
        return { retryable: true, toFault: (operationId?: string) => factory(context, { operationId }) };
      };
      return layer(hooks(environment, refusalOf, level));
    },
  };
}
