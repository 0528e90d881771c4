import type { Value } from './event.ts';
import { type Operation, valueLeftBy } from './operation.ts';
import { searchOrder } from './order-search.ts';
import { observedBy } from './register.ts';

/**
 * As few of the operations as are still impossible: none can be left out any more, unless `maxSteps` of searching were
 * not enough to try. Only what cannot itself explain another's answer is left out, so the rest is impossible among all
 * others, too.
 *
 * Halves, quarters … are tried first (after Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input",
 * IEEE TSE 28(2), 2002).
 */
export function smallestEvidence(
  impossible: readonly Operation[],
  initial: Value,
  maxSteps: number,
): readonly Operation[] {
  let evidence = impossible;
  let stepsLeft = maxSteps;
  for (let size = Math.ceil(evidence.length / 2); stepsLeft > 0; size = Math.ceil(size / 2)) {
    const before = evidence.length;
    for (let from = 0; from < evidence.length && stepsLeft > 0; ) {
      const fewer = without(evidence, from, from + size);
      const found = fewer.length < evidence.length ? searchOrder(fewer, initial, stepsLeft) : undefined;
      stepsLeft -= found?.steps ?? 0;
      if (found?.state === 'impossible') evidence = fewer;
      else from += size;
    }
    if (size === 1 && evidence.length === before) break;
  }
  return evidence;
}

/** Without those from `from` to `to` that prove nothing by not being there. */
function without(operations: readonly Operation[], from: number, to: number): readonly Operation[] {
  const out = new Set(operations.slice(from, to));
  for (let before = -1; before !== out.size; ) {
    before = out.size;
    const rest = operations.filter((one) => !out.has(one));
    const observed = observedBy(rest);
    const hasMismatch = rest.some(({ outcome }) => outcome === 'mismatch');
    for (const one of out) {
      const left = one.outcome === 'ok' || one.outcome === 'unknown' ? valueLeftBy(one) : undefined;
      if (left !== undefined && (hasMismatch || observed.has(left))) out.delete(one);
    }
  }
  return operations.filter((one) => !out.has(one));
}
