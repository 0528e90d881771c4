import { isCancelled } from '../../faults/index.ts';
import { checkOptions, FUNCTION } from '../../options/index.ts';
import { defineSignal } from '../../signals/index.ts';
import { type Attempt, type Environment, type Layer, layer, type Policy } from '../pipeline/index.ts';

/** A fallback stands in for what failed. */
export const fallbackUsed = defineSignal<{
  readonly error: unknown;
}>('fallback.used');

/** Makes the answer that stands in for `error`. `attempt` has its own signal and the number of attempts made. */
export type FallbackFunction<F> = (error: unknown, attempt: Attempt) => Promise<F> | F;

export interface FallbackOptions {
  /** Whether to stand in for this error. Default: for every one but a cancellation, as `isCancelled` knows it. */
  readonly when?: (error: unknown) => boolean;
}

/**
 * Answers in place of what failed: with a value, or with what a function makes of the error. When the function
 * fails too, its error is the run's. A run that the caller cancelled is not replaced, nor is one that has passed on
 * output that cannot be taken back (`attempt.progress('output')`). Belongs outermost: what is further out sees a success.
 *
 * With a plain value, no `when` and nobody listening to `fallback.used`, a refusal further in, such as an open
 * circuit, is answered without an error being made.
 */
export function fallback<F>(answer: FallbackFunction<F>, options?: FallbackOptions): Policy<F, unknown>;
export function fallback<F>(value: F, options?: FallbackOptions): Policy<F, unknown>;
export function fallback(answer: unknown, { when }: FallbackOptions = {}): Policy<unknown, unknown> {
  checkOptions('fallback', { when: [when, FUNCTION] });
  return Object.freeze({
    kind: 'fallback',
    attach(_level: number, { name: source, signals }: Environment): Layer {
      const used = signals.channel(fallbackUsed);
      return layer({
        failed(call) {
          if (call.delivered || (when ? !when(call.error) : !call.refusal && isCancelled(call.error))) return;
          if (used.heard) used.emit({ error: call.error }, { source, operationId: call.operationId });
          return typeof answer === 'function'
            ? call.answerWith((attempt) => answer(call.error, attempt))
            : (call.succeed(answer) as undefined);
        },
      });
    },
  });
}
