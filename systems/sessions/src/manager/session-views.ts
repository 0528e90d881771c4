import type { Session, SessionEvent, SessionState } from '../session/index.ts';
import type { OpenSession } from '../storage/index.ts';
import type { Appended } from './session-manager.ts';

/** The session as who asked for it sees it: `state` is its own with what it shares. */
export function viewOf(
  { key, revision, version, updatedWallMs, expiresWallMs, head }: OpenSession,
  state: SessionState,
  events: readonly SessionEvent[],
): Session {
  const { createdWallMs } = head;
  return { ...key, state, events, revision, version, createdWallMs, updatedWallMs, expiresWallMs };
}

/** What a change has led to. */
export function written(
  session: OpenSession,
  event: SessionEvent | undefined,
  isRepeated: boolean,
): Appended {
  const { revision, version, updatedWallMs } = session;
  return { revision, version, updatedWallMs, isRepeated, event: event as SessionEvent };
}

/** Of a change that was made before, at that revision. */
export function writtenAt(session: OpenSession, revision: number, event: SessionEvent | undefined): Appended {
  const version = `${session.incarnation}-${revision}`;
  return { ...written(session, event, true), revision, version };
}
