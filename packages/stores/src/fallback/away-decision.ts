import { ABSENT, type Revision } from '../contract.ts';
import type { Knowledge } from './known.ts';
import { FIRST_LOCAL } from './local-revisions.ts';
import type { WriteRequest } from './write-request.ts';

/** @internal What is known of a key while the primary is away, and by whom. */
export interface View extends Knowledge {
  /** `journal`: this instance has written it since. `cache`: the primary had it, and others may have changed it. */
  readonly from: 'journal' | 'cache';
}

/** @internal What becomes of a write while the primary is away. */
export type AwayDecision =
  | { readonly becomes: 'journalled' }
  /** What it asked for is not so: nothing is written. */
  | { readonly becomes: 'mismatch' }
  | { readonly becomes: 'refused'; readonly reason: string };

/**
 * Decides it by what is known of the key; `expected` is the primary's revision, where it has become one. `isDated`:
 * whether this run knows how far the primary had come, so that on return it can tell what was there before an
 * unconditional write from what came after.
 */
export function decideAway(request: WriteRequest, view: View | undefined, isDated: boolean): AwayDecision {
  const { kind, expected } = request;
  if (kind === 'set' && expected === undefined) {
    return isDated || view !== undefined
      ? { becomes: 'journalled' }
      : { becomes: 'refused', reason: UNDATED };
  }
  if (view === undefined) return { becomes: 'refused', reason: UNKNOWN };
  if (kind !== 'set' && view.json === undefined && !mayBeNewer(expected, view))
    return { becomes: 'mismatch' };
  if (expected === undefined || expected === view.revision) return { becomes: 'journalled' };
  return mayBeNewer(expected, view) ? { becomes: 'refused', reason: OUTDATED } : { becomes: 'mismatch' };
}

/** Whether the caller has seen what the primary had later than we. */
function mayBeNewer(expected: Revision | undefined, { from, revision }: View): boolean {
  const isOfPrimary = expected !== undefined && expected !== ABSENT && expected < FIRST_LOCAL;
  return isOfPrimary && from === 'cache' && expected > revision;
}

const UNKNOWN = 'it was not read or written here lately, or is not to be remembered';
const UNDATED = 'the primary was not there since this program has begun';
const OUTDATED = 'it has changed since it was read here';
