import type { Identity } from '@sustain/ops/server';
import type { SessionGrant } from '../client/index.ts';
import { sessionFaults } from '../faults.ts';

/** What somebody wants to do. */
export interface Wanted {
  readonly operation: string;
  readonly appName: string;
  /** Undefined: something of all users. */
  readonly userId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly access: SessionGrant['access'];
  /** Names of a state that are to be changed: those of `app:` are all users'. */
  readonly names?: readonly string[];
}

/**
 * Throws SESSION_ACCESS_DENIED when a token of sessions is not good for it. Who came with a token of the server may do
 * everything, and so may everybody where there are no tokens.
 */
export function permit(identity: Identity, wanted: Wanted): void {
  if (identity.state !== 'granted') return;
  const reason = whyNot(identity.grant as SessionGrant, wanted);
  if (reason === undefined) return;
  const { operation, sessionId } = wanted;
  throw sessionFaults.SESSION_ACCESS_DENIED({ operation, sessionId, reason });
}

/** Throws SESSION_ACCESS_DENIED unless who asks may do what concerns all applications. */
export function permitAdministration(identity: Identity, operation: string): void {
  if (identity.state !== 'granted') return;
  const reason = 'it concerns all applications, and the token is for one';
  throw sessionFaults.SESSION_ACCESS_DENIED({ operation, reason });
}

/** Throws SESSION_ACCESS_DENIED unless who asks has a token of the server, or has signed in with one. */
export function permitIssuing(identity: Identity, operation: string): void {
  if (identity.state === 'token' || identity.state === 'session') return;
  const reason = 'only who has an access token of the server gives out tokens of sessions';
  throw sessionFaults.SESSION_ACCESS_DENIED({ operation, reason });
}

function whyNot({ appName, userId, access }: SessionGrant, wanted: Wanted): string | undefined {
  if (appName !== wanted.appName) return 'the token is for another application';
  if (userId !== undefined && wanted.userId === undefined) return 'the token is for one user only';
  if (userId !== undefined && userId !== wanted.userId) return 'the token is for another user';
  if (access === 'read' && wanted.access === 'write') return 'the token is for reading only';
  if (userId !== undefined && wanted.names?.some((name) => name.startsWith('app:'))) {
    return 'names that begin with app: belong to all users, and the token is for one';
  }
  return undefined;
}
