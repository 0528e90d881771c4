/**
 * What becomes of a write that was acknowledged while the primary was away, when somebody else has changed its key
 * meanwhile. Whatever is decided, both sides are recorded and the conflict is told.
 *
 * - `reject`: theirs stays.
 * - `newest`: the one that was written later stays. The function says when a value was written, as Unix time in
 *   milliseconds, from the value itself. Where it answers undefined, ours counts from when it was journalled, and theirs,
 *   as it does for a deletion, from now on. Theirs stays when both are the same.
 * - `rebase`: what the function makes of both. Undefined, or a throw: theirs stays.
 */
export type ConflictRule =
  | 'reject'
  | { readonly newest: (value: unknown) => number | undefined }
  | { readonly rebase: (sides: ConflictSides) => unknown };

/** One rule for all, or the rule for a key. */
export type ConflictRules = ConflictRule | ((key: string) => ConflictRule);

/** The values; undefined: it does not exist, or, of `base`, is not known. */
export interface ConflictSides {
  readonly key: string;
  /** What ours was made from. */
  readonly base: unknown;
  readonly ours: unknown;
  /** What the primary has. */
  readonly theirs: unknown;
}

/** What stays, and why. */
export type ConflictDecision =
  | { readonly stays: 'theirs' | 'ours'; readonly reason: string }
  | { readonly stays: 'merged'; readonly reason: string; readonly merged: unknown };

/** Throws a TypeError when it is none. */
export function checkRules(rules: ConflictRules): void {
  if (typeof rules === 'function') return;
  const given = rules as { readonly newest?: unknown; readonly rebase?: unknown } | string | undefined;
  if (given === 'reject') return;
  if (typeof given === 'object' && typeof (given?.newest ?? given?.rebase) === 'function') return;
  throw new TypeError(
    `onConflict of the fallback store must be 'reject', { newest }, { rebase } or a function of the key; got ${typeof given}`,
  );
}

/** A function that throws, or answers no rule, rejects: a return must not hang on it. */
export function ruleFor(rules: ConflictRules, key: string): ConflictRule {
  if (typeof rules !== 'function') return rules;
  try {
    const rule = rules(key);
    checkRules(rule);
    return rule;
  } catch {
    return 'reject';
  }
}

export function nameOf(rule: ConflictRule): 'reject' | 'newest' | 'rebase' {
  return rule === 'reject' ? rule : 'newest' in rule ? 'newest' : 'rebase';
}

/** `oursWallMs`: when ours was journalled. */
export function decideConflict(
  rule: ConflictRule,
  sides: ConflictSides,
  oursWallMs: number,
  nowWallMs: number,
): ConflictDecision {
  if (rule === 'reject') return { stays: 'theirs', reason: 'ours is rejected' };
  try {
    return 'newest' in rule ? newest(rule.newest, sides, oursWallMs, nowWallMs) : rebased(rule.rebase, sides);
  } catch (error) {
    return { stays: 'theirs', reason: `the rule threw ${(error as Error)?.message ?? error}` };
  }
}

function newest(
  writtenAt: (value: unknown) => number | undefined,
  { ours, theirs }: ConflictSides,
  oursWallMs: number,
  nowWallMs: number,
): ConflictDecision {
  const time = (value: unknown) => (value === undefined ? undefined : writtenAt(value));
  const isOursLater = (time(ours) ?? oursWallMs) > (time(theirs) ?? nowWallMs);
  return isOursLater
    ? { stays: 'ours', reason: 'ours is newer' }
    : { stays: 'theirs', reason: 'ours is not newer' };
}

function rebased(rebase: (sides: ConflictSides) => unknown, sides: ConflictSides): ConflictDecision {
  const merged = rebase(sides);
  if (merged === undefined) return { stays: 'theirs', reason: 'ours could not be rebased' };
  return { stays: 'merged', reason: 'ours was rebased', merged: JSON.parse(JSON.stringify(merged)) };
}
