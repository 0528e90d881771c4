import { defineSignal } from '../../signals/index.ts';
import { isCancelled } from '../is-cancelled.ts';
import { type Attempt, type Environment, type Layer, layer, type Policy } from '../pipeline/index.ts';

/** A fallback stands in for what failed. */
export const fallbackUsed = defineSignal<{
  readonly error: unknown;
}>('fallback.used');

/** Makes the answer that stands in for `error`. `attempt` has its own signal and the number of attempts made. */
export type FallbackFunction<F> = (error: unknown, attempt: Attempt) => Promise<F> | F;

export interface FallbackOptions {
  /** Whether to stand in for this error. Default: for every one but a cancellation (an AbortError). */
  readonly when?: (error: unknown) => boolean;
}

/**
 * Answers in place of what failed: with a value, or with what a function makes of the error. When the function
 * fails too, its error is the run's. A run that the caller cancelled is not replaced.
 *
 * With a plain value, no `when` and nobody listening to `fallback.used`, a refusal further in, such as an open
 * circuit, is answered without an error being made.
 */
export function fallback<F>(answer: FallbackFunction<F>, options?: FallbackOptions): Policy<F, unknown>;
export function fallback<F>(value: F, options?: FallbackOptions): Policy<F, unknown>;
export function fallback(answer: unknown, options: FallbackOptions = {}): Policy<unknown, unknown> {
  const { when } = options;
  if (when !== undefined && typeof when !== 'function') {
    throw new TypeError(`when of a fallback must be a function; got ${typeof when}`);
  }
  return Object.freeze({
    kind: 'fallback',
    attach: (_level: number, environment: Environment) => attach(answer, when, environment),
  });
}

function attach(
  answer: unknown,
  when: ((error: unknown) => boolean) | undefined,
  { name: source, signals }: Environment,
): Layer {
  const used = signals.channel(fallbackUsed);
  return layer({
    failed: (call) => {
      if (when !== undefined ? !when(call.error) : call.refusal === undefined && isCancelled(call.error)) {
        return undefined;
      }
      if (used.heard) used.emit({ error: call.error }, { source, operationId: call.operationId });
      if (typeof answer === 'function') {
        const { error } = call;
        return call.answerWith((attempt) => answer(error, attempt));
      }
      call.succeed(answer);
      return undefined;
    },
  });
}
