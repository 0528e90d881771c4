import type { Value } from './event.ts';
import { lastEffectAt, type Operation, valueLeftBy } from './operation.ts';

/** The operations on one register, in numbers, for a search: values become numbers from 0, absent ones -1. */
export interface Register {
  /** First what must have happened, then what may have; both in the order of their invocation. */
  readonly operations: readonly Operation[];
  readonly count: number;
  readonly requiredCount: number;
  /** Of operation i, where it was invoked [i] and where it can have taken effect last [count + i]. */
  readonly at: Float64Array;
  /** 1 of what changes the value, 0 of what only tells about it. */
  readonly changes: Uint8Array;
  /** 0 of what leaves a value that no operation tells of. */
  readonly observable: Uint8Array;
  /** 1 of what fits one value only, or all but one. */
  readonly picky: Uint8Array;
  readonly initial: number;
  /** The value after operation i on a register that holds `value`; -1 when it would not have answered as it did. */
  apply(operation: number, value: number): number;
  /** Whether operation i has an answer that depends on the value, and that this one explains. */
  sees(operation: number, value: number): boolean;
}

/** Leaves out what proves nothing: what failed, reads without an answer, and what may have happened unseen. */
export function registerOf(all: readonly Operation[], initial: Value): Register {
  const required = all.filter(({ outcome }) => outcome === 'ok' || outcome === 'mismatch');
  const optional = all.filter(({ kind, outcome }) => outcome === 'unknown' && kind !== 'read');
  const observed = observedBy(all);
  const hasMismatch = required.some(({ outcome }) => outcome === 'mismatch');
  // Who saw nothing of it would have seen the same without it; only a mismatch says that anything else was there.
  const useful = optional.filter((one) => hasMismatch || observed.has(valueLeftBy(one)));
  const operations = [...required.toSorted(byInvocation), ...useful.toSorted(byInvocation)];
  const numbers = new Map<Value, number>();
  const numberOf = (value: Value | undefined) => {
    if (value === undefined) return -1;
    const number = numbers.get(value) ?? numbers.size;
    numbers.set(value, number);
    return number;
  };
  const expects = Int32Array.from(operations, (one) => numberOf(expectedBy(one)));
  const leaves = Int32Array.from(operations, (one) => (isMismatch(one) ? -1 : numberOf(valueLeftBy(one))));
  const refuses = Uint8Array.from(operations, (one) => (isMismatch(one) ? 1 : 0));
  const sees = (operation: number, value: number) =>
    expects[operation] !== -1 && (expects[operation] === value) !== (refuses[operation] === 1);
  return {
    operations,
    count: operations.length,
    requiredCount: required.length,
    at: Float64Array.from([...operations.map(({ invokedAt }) => invokedAt), ...operations.map(lastEffectAt)]),
    changes: Uint8Array.from(leaves, (value) => (value === -1 ? 0 : 1)),
    observable: Uint8Array.from(operations, (one) => (observed.has(valueLeftBy(one)) ? 1 : 0)),
    picky: Uint8Array.from(expects, (value) => (value === -1 ? 0 : 1)),
    initial: numberOf(initial),
    sees,
    apply: (operation, value) => {
      if (expects[operation] !== -1 && !sees(operation, value)) return -1;
      const left = leaves[operation] as number;
      return left === -1 ? value : left;
    },
  };
}

/** The values that an operation has seen, or would have replaced. Without one, a change can be left out. */
export function observedBy(operations: readonly Operation[]): ReadonlySet<Value | undefined> {
  const values = new Set(operations.map(expectedBy));
  values.delete(undefined);
  return values;
}

/** What must be there for its answer; of a mismatch, what must not. */
function expectedBy(operation: Operation): Value | undefined {
  return operation.kind === 'compare-and-set' ? operation.expected : operation.seen;
}

function isMismatch({ outcome }: Operation): boolean {
  return outcome === 'mismatch';
}

function byInvocation(one: Operation, other: Operation): number {
  return one.invokedAt - other.invokedAt;
}
