import type { Value } from './event.ts';
import { lastEffectAt, type Operation } from './operation.ts';

/**
 * Whether there is an order in which a register would have answered so, found by trying every one: an oracle for the
 * checker, with nothing clever in it. For a handful of operations.
 */
export function isPossibleInSomeOrder(operations: readonly Operation[], initial: Value = null): boolean {
  const did = operations.filter(({ outcome }) => outcome !== 'failed');
  return tryNext(did, initial);
}

function tryNext(rest: readonly Operation[], value: Value): boolean {
  if (rest.every(({ outcome }) => outcome === 'unknown')) return true;
  return rest.some((next) => {
    const others = rest.filter((one) => one !== next);
    if (others.some((one) => lastEffectAt(one) < next.invokedAt)) return false;
    const [fits, after] = answer(next, value);
    return fits && tryNext(others, after);
  });
}

function answer(operation: Operation, value: Value): readonly [fits: boolean, after: Value] {
  switch (operation.kind) {
    case 'read':
      return [operation.outcome === 'unknown' || operation.seen === value, value];
    case 'write':
      return [true, operation.value];
    case 'delete':
      return [true, null];
    case 'compare-and-set':
      if (operation.outcome === 'unknown')
        return [true, operation.expected === value ? operation.value : value];
      if (operation.outcome === 'mismatch') return [operation.expected !== value, value];
      return [operation.expected === value, operation.value];
    default:
      throw new Error('the oracle knows registers only');
  }
}
