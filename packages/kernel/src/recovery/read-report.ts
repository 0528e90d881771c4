import { type Classify, classify, Fault } from '../faults/index.ts';
import type { ErrorContext } from './recovery-strategy.ts';

/** The fault that an error is. A `given` classification with broken rules still classifies. Never throws. */
export function faultOf(given: Classify, error: unknown): Fault {
  try {
    const fault: unknown = given(error);
    if (fault instanceof Fault) return fault;
  } catch {
    // What it is asked about matters more: the kernel's own rules decide.
  }
  return classify(error);
}

/**
 * A copy of the context, in which `component` is the default. Never throws: callers without types may forget it, or hand in something
 * that throws, while an error is at hand.
 */
export function contextOf(context: Partial<ErrorContext> | undefined, component = 'unknown'): ErrorContext {
  try {
    const copy = { component, ...context };
    return typeof copy.component === 'string' ? copy : { ...copy, component };
  } catch {
    return { component };
  }
}
