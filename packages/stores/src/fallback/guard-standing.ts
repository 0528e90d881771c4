import type { Guard } from '../contract.ts';
import { FIRST_LOCAL, type LocalRevisions } from './local-revisions.ts';
import type { Pending } from './pending.ts';

/**
 * @internal Who can say whether a guard holds.
 *
 * - `primary`: it has what the guard names, or knows that it has not.
 * - `journal`: it holds, by what this instance has acknowledged and the primary has not yet.
 * - `lost`: it does not, by that.
 */
export type GuardStanding = 'primary' | 'journal' | 'lost';

export function guardStanding(
  guard: Guard | undefined,
  pending: Pending,
  revisions: LocalRevisions,
): GuardStanding {
  const own = guard && pending.find(guard.key);
  if (own === undefined) return 'primary';
  if (!revisions.isSame(own.revision, guard?.revision as number)) return 'lost';
  // What was only touched is in the primary.
  return revisions.inPrimary(own.revision) < FIRST_LOCAL ? 'primary' : 'journal';
}
