import type { Revision } from '../contract.ts';
import type { MemberRecord } from './cluster-records.ts';

/**
 * @internal How many of `instances` must have opened by themselves: `quorum` of them, from 1 on; below, more than that
 * share of them, and 2 at least.
 */
export function votesNeeded(quorum: number, instances: number): number {
  return quorum >= 1 ? quorum : Math.max(2, Math.floor(quorum * instances) + 1);
}

/**
 * @internal The instances whose votes count while the decision is at this revision. Others have voted on what was there
 * before the last one: the decision has answered that.
 */
export function countedVotes(
  members: ReadonlyMap<string, MemberRecord>,
  decision: Revision,
): readonly string[] {
  return [...members].filter(([, { vote }]) => vote === decision).map(([instance]) => instance);
}
