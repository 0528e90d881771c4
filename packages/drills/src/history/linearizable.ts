import { COUNT, checkOptions } from '@sustain/kernel/options';
import { drillFaults } from '../drill-faults.ts';
import type { Value } from './event.ts';
import { byKey } from './history.ts';
import { mayHaveChanged, type Operation, valueLeftBy } from './operation.ts';
import { searchOrder } from './order-search.ts';
import { smallestEvidence } from './smallest-evidence.ts';
import { type Verdict, violated } from './verdict.ts';

/**
 * What cannot be explained by any order of the operations, as the operation at which every order fails shows it:
 * - `stale-read`: a read has seen what was overwritten, or not yet written;
 * - `unwritten-value`: a read has seen, or a compare-and-set has replaced, what nobody has written;
 * - `false-swap`: a compare-and-set is acknowledged, though what it expected was not there: an update is lost;
 * - `false-mismatch`: a compare-and-set was refused, though what it expected was there, and nothing else.
 */
export type NotLinearizableReason = 'stale-read' | 'unwritten-value' | 'false-swap' | 'false-mismatch';

export interface LinearizableOptions {
  /** What is there before the first operation, by key. Default: nothing. */
  readonly initial?: ReadonlyMap<string, Value>;
  /**
   * How far the search goes for one key before it is undecided: so many steps at most, which take about 2 µs and
   * 200 bytes each; as many again make the evidence small. Deciding is NP-complete: what makes it long are many
   * clients and many unknown outcomes on one key; otherwise a step or two an operation will do. Default 1,000,000.
   */
  readonly maxSteps?: number;
}

/**
 * Whether each key behaves as one register: every operation takes effect at one moment between its invocation and its
 * end, one after the other. Keys are judged on their own, which is enough (linearizability is local: Herlihy and Wing,
 * "Linearizability: a correctness condition for concurrent objects", TOPLAS 12(3), 1990). Append belongs to
 * `exactlyOnce`; a history that has it throws UNUSABLE_HISTORY.
 *
 * Deleting and never having been are the same: nothing is there. Keys with a time to live cannot be judged.
 */
export function linearizable(
  operations: readonly Operation[],
  { initial = new Map(), maxSteps = 1_000_000 }: LinearizableOptions = {},
): Verdict<NotLinearizableReason> {
  checkOptions('check for linearizability', { maxSteps: [maxSteps, COUNT] });
  const append = operations.find(({ kind }) => kind === 'append');
  if (append !== undefined) {
    const problem = `${append.id} appends to ${append.key}: check appends with exactlyOnce, all else here`;
    throw drillFaults.UNUSABLE_HISTORY({ problem });
  }
  let undecided: Verdict<NotLinearizableReason> | undefined;
  for (const [key, own] of byKey(operations)) {
    const before = initial.get(key) ?? null;
    const found = searchOrder(own, before, maxSteps);
    if (found.state === 'impossible') {
      const { blocked, prefix } = found;
      const ids = new Set(smallestEvidence(prefix, before, maxSteps).map(({ id }) => id));
      const evidence = own.filter(({ id }) => ids.has(id));
      return violated(
        reasonOf(blocked, own, before),
        key,
        'no order of these operations explains them',
        evidence,
      );
    }
    if (found.state === 'gave-up') {
      const message = `${key}: undecided after ${maxSteps} steps; use more keys, fewer clients, or a higher maxSteps`;
      undecided ??= { state: 'undecided', reason: 'too-many-steps', key, message };
    }
  }
  return undecided ?? { state: 'holds', operations: operations.length };
}

function reasonOf(
  blocked: Operation,
  operations: readonly Operation[],
  initial: Value,
): NotLinearizableReason {
  if (blocked.outcome === 'mismatch') return 'false-mismatch';
  const value = blocked.kind === 'compare-and-set' ? blocked.expected : blocked.seen;
  const isWritten =
    value === initial || operations.some((one) => mayHaveChanged(one) && valueLeftBy(one) === value);
  if (!isWritten) return 'unwritten-value';
  return blocked.kind === 'compare-and-set' ? 'false-swap' : 'stale-read';
}
