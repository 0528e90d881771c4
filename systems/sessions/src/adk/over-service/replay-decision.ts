import { isDeepStrictEqual } from 'node:util';
import { scopeOf } from '../../scoped/index.ts';
import type { AdkSession } from '../adk-types.ts';
import type { Base, JournalRecord } from './journal-record.ts';

/** @internal What ADK's service has of a session. */
export interface There {
  /** Of its events. */
  readonly ids: Set<string>;
  /** Those that are neither in the write that is decided on nor in one after it, which may have arrived. */
  readonly others: Set<string>;
  readonly state: AdkSession['state'];
}

/** @internal */
export type ReplayDecision =
  | { readonly decision: 'apply' }
  /** It is there already: its answer was lost, or an earlier run was interrupted. */
  | { readonly decision: 'done' }
  /** `canRebase`: it can be done all the same, upon what others did. */
  | { readonly decision: 'conflict'; readonly reason: string; readonly canRebase: boolean };

/** What to do with a write of the journal. What is there and was not when it was written, is somebody else's. */
export function decideReplay({ write, base }: JournalRecord, there: There | undefined): ReplayDecision {
  switch (write.kind) {
    case 'create':
      if (there === undefined) return APPLY;
      return isOurs(there, write.state) ? DONE : conflict('there is another session of this id', false);
    case 'append':
      if (there === undefined) return conflict('the session was deleted', false);
      return there.ids.has(write.event.id) ? DONE : judge(there, base, true);
    case 'delete':
      return there === undefined ? DONE : judge(there, base, false);
  }
}

function isOurs({ ids, others, state: its }: There, state: AdkSession['state']): boolean {
  return others.size === 0 && (ids.size > 0 || isDeepStrictEqual(ownOf(its), ownOf(state)));
}

function judge({ others }: There, base: Base | undefined, canRebase: boolean): ReplayDecision {
  const isAsItWas = others.size === base?.events && base.lastEventIds.every((id) => others.has(id));
  return isAsItWas ? APPLY : conflict('the session was changed by somebody else', canRebase);
}

/** What the session shares with others may well have been changed. */
function ownOf(state: AdkSession['state']): AdkSession['state'] {
  return Object.fromEntries(Object.entries(state).filter(([name]) => scopeOf(name) === 'session'));
}

function conflict(reason: string, canRebase: boolean): ReplayDecision {
  return { decision: 'conflict', reason, canRebase };
}

const APPLY: ReplayDecision = { decision: 'apply' };
const DONE: ReplayDecision = { decision: 'done' };
