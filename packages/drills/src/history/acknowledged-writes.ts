import type { Value } from './event.ts';
import { byKey } from './history.ts';
import { hasChanged, lastEffectAt, mayHaveChanged, type Operation, valueLeftBy } from './operation.ts';
import { type Verdict, violated } from './verdict.ts';

/**
 * - `lost-write`: what is there was overwritten, or never written; what was acknowledged last is not there;
 * - `unwritten-value`: something is there that nobody has written, and nothing was acknowledged.
 */
export type LostWriteReason = 'lost-write' | 'unwritten-value';

/**
 * Whether every acknowledged write is visible in the final state, or was overwritten by a later one. `final` holds what
 * was read of each key after the last operation; a key that is not in it holds nothing. Appends are `exactlyOnce`'s.
 *
 * What is there must come from a write (acknowledged, or of unknown outcome) after whose end no other acknowledged
 * write began. O(operations).
 */
export function acknowledgedWrites(
  operations: readonly Operation[],
  final: ReadonlyMap<string, Value>,
): Verdict<LostWriteReason> {
  const registers = operations.filter(({ kind }) => kind !== 'append');
  const keys = byKey(registers);
  for (const key of final.keys()) if (!keys.has(key)) keys.set(key, []);
  for (const [key, own] of keys) {
    const verdict = judge(key, own, final.get(key) ?? null);
    if (verdict !== undefined) return verdict;
  }
  return { state: 'holds', operations: registers.length };
}

function judge(
  key: string,
  operations: readonly Operation[],
  value: Value,
): Verdict<LostWriteReason> | undefined {
  const changes = operations.filter(hasChanged);
  const lastChangeAt = changes.reduce((last, { invokedAt }) => Math.max(last, invokedAt), -1);
  const isSurelyOverwritten = (one: Operation) => lastEffectAt(one) < lastChangeAt;
  if (value === null && lastChangeAt === -1) return undefined;
  const sources = operations.filter((one) => mayHaveChanged(one) && valueLeftBy(one) === value);
  if (!sources.every(isSurelyOverwritten)) return undefined;
  const lost = changes.filter((one) => !isSurelyOverwritten(one));
  const found = value === null ? 'nothing' : JSON.stringify(value);
  if (lost.length === 0)
    return violated('unwritten-value', key, `${found} is there, which nobody has written`, []);
  const why = sources.length > 0 ? 'which was overwritten' : value === null ? '' : 'which nobody has written';
  const what = `the last acknowledged write is lost; ${found} is there${why && `, ${why}`}`;
  return violated('lost-write', key, what, [...sources.slice(-1), ...lost]);
}
