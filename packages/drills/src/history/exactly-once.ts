import { byKey } from './history.ts';
import { lastEffectAt, type Operation } from './operation.ts';
import { type Verdict, violated } from './verdict.ts';

/**
 * - `applied-twice`: an operation's id is there more than once;
 * - `lost-write`: an acknowledged operation is not there;
 * - `applied-though-refused`: an operation that failed, or did not match, is there;
 * - `unwritten-value`: an id is there that no operation of that key has;
 * - `reordered`: one that began after another had ended stands before it.
 */
export type ExactlyOnceReason =
  | 'applied-twice'
  | 'lost-write'
  | 'applied-though-refused'
  | 'unwritten-value'
  | 'reordered';

export interface ExactlyOnceOptions {
  /** Whether ids must stand in the order in which their operations were acknowledged. Default true; false of jobs. */
  readonly inOrder?: boolean;
}

/**
 * Whether every acknowledged change was applied once, every refused one never, and every unknown one at most once.
 *
 * Values that overwrite each other cannot show a doubling. So the workload leaves a trace of every application:
 * `applied` holds, by key, the ids of operations in the order in which they took effect. Three forms do:
 * - a list in the store under test, to which every operation appends its id (record `append`);
 * - where the store has no lists: read the list, and set list + id by compare-and-set (record `compare-and-set` from
 *   the id that was last to the own id: the same history then also shows whether it is `linearizable`);
 * - a log outside of what is tested: whoever carries an operation out (a job's function, say) appends its id to a
 *   file first of all (record `append` where it is asked for, and check with `inOrder: false`).
 *
 * O(operations).
 */
export function exactlyOnce(
  operations: readonly Operation[],
  applied: ReadonlyMap<string, readonly string[]>,
  { inOrder = true }: ExactlyOnceOptions = {},
): Verdict<ExactlyOnceReason> {
  const changes = operations.filter(({ kind }) => kind !== 'read');
  const keys = byKey(changes);
  for (const key of new Set([...keys.keys(), ...applied.keys()])) {
    const ids = applied.get(key) ?? [];
    const verdict =
      judge(key, keys.get(key) ?? [], ids) ??
      (inOrder ? judgeOrder(key, keys.get(key) ?? [], ids) : undefined);
    if (verdict !== undefined) return verdict;
  }
  return { state: 'holds', operations: changes.length };
}

function judge(
  key: string,
  operations: readonly Operation[],
  ids: readonly string[],
): Verdict<ExactlyOnceReason> | undefined {
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  const seen = new Set<string>();
  for (const id of ids) {
    const operation = byId.get(id);
    if (operation === undefined) {
      return violated('unwritten-value', key, `${JSON.stringify(id)} is there, which nobody has written`, []);
    }
    if (seen.has(id)) {
      const times = ids.filter((other) => other === id).length;
      return violated('applied-twice', key, `${id} was applied ${times} times`, [operation]);
    }
    if (operation.outcome === 'failed' || operation.outcome === 'mismatch') {
      return violated('applied-though-refused', key, `${id} was applied, though it was refused`, [operation]);
    }
    seen.add(id);
  }
  const lost = operations.find(({ id, outcome }) => outcome === 'ok' && !seen.has(id));
  return lost && violated('lost-write', key, `${lost.id} was acknowledged and is not there`, [lost]);
}

/** From the last to the first: none may begin after one that stands behind it has ended. */
function judgeOrder(
  key: string,
  operations: readonly Operation[],
  ids: readonly string[],
): Verdict<ExactlyOnceReason> | undefined {
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  let firstEnded: Operation | undefined;
  for (const id of ids.toReversed()) {
    const operation = byId.get(id) as Operation;
    if (firstEnded !== undefined && lastEffectAt(firstEnded) < operation.invokedAt) {
      const what = `${id} stands before ${firstEnded.id}, which had been done before ${id} began`;
      return violated('reordered', key, what, [firstEnded, operation]);
    }
    if (firstEnded === undefined || lastEffectAt(operation) < lastEffectAt(firstEnded))
      firstEnded = operation;
  }
  return undefined;
}
