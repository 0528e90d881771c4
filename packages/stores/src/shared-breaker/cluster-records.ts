import type { Revision } from '../contract.ts';

/** @internal What is stored of an instance, for as long as it lives. */
export interface MemberRecord {
  /** It has opened by itself: with the revision of the decision that it knew then, 0 for none. */
  readonly vote: Revision | null;
}

/** What holds for all instances. */
export type ClusterDecision =
  | { readonly state: 'closed'; readonly by: string; readonly wallMs: number }
  | {
      readonly state: 'open';
      /** The instance that has written it down. */
      readonly by: string;
      /** When, in Unix milliseconds of its clock. */
      readonly wallMs: number;
      /** How long all are to wait from then. */
      readonly waitMs: number;
      /** How often it has opened since it was last closed. */
      readonly timesOpened: number;
      /** Whose votes have opened it; none when a probe has failed. */
      readonly votes: readonly string[];
    };

/** Somebody wants it isolated everywhere. */
export interface ClusterIsolation {
  /** Who, as they have said. */
  readonly by: string;
  readonly sinceWallMs: number;
}

/** @internal Where a breaker's things are. */
export function clusterKeys(name: string) {
  // A name with a slash would lie in another's folder.
  const prefix = `breaker/${encodeURIComponent(name)}/`;
  return {
    prefix,
    members: `${prefix}members/`,
    decision: `${prefix}decision`,
    probe: `${prefix}probe`,
    isolations: `${prefix}isolated/`,
  };
}

/** @internal Undefined when it is none: others may have written there. */
export function memberOf(value: unknown): MemberRecord | undefined {
  const { vote } = (value ?? {}) as Partial<MemberRecord>;
  return vote === null || isCount(vote) ? { vote } : undefined;
}

/** @internal Likewise. */
export function decisionOf(value: unknown): ClusterDecision | undefined {
  const { state, by, wallMs, waitMs, timesOpened, votes } = (value ?? {}) as Partial<
    Extract<ClusterDecision, { state: 'open' }>
  >;
  if (typeof by !== 'string' || !isCount(wallMs)) return undefined;
  if ((state as string) === 'closed') return { state: 'closed', by, wallMs };
  if (state !== 'open' || !isCount(waitMs) || !isCount(timesOpened) || timesOpened < 1) return undefined;
  return { state, by, wallMs, waitMs, timesOpened, votes: Array.isArray(votes) ? votes.map(String) : [] };
}

/** @internal Likewise. */
export function isolationOf(value: unknown): ClusterIsolation {
  const { by, sinceWallMs } = (value ?? {}) as Partial<ClusterIsolation>;
  return { by: String(by), sinceWallMs: isCount(sinceWallMs) ? sinceWallMs : 0 };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}
