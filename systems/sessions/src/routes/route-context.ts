import type { Identity } from '@sustain/ops/server';
import type { FastifyRequest } from 'fastify';
import type { SessionManager } from '../manager/index.ts';
import type { KnownKeys } from './keys/index.ts';
import type { SessionTokens } from './tokens/index.ts';

/** What all routes of sessions are made of. */
export interface RouteContext {
  readonly manager: SessionManager;
  readonly keys: KnownKeys;
  readonly tokens: SessionTokens | undefined;
  readonly bodyLimit: number;
  readonly identityOf: (request: FastifyRequest) => Identity;
}

export interface AppParams {
  readonly app: string;
}

export interface UserParams extends AppParams {
  readonly user: string;
}

export interface SessionParams extends UserParams {
  readonly id: string;
}

/** Who asks, as a scope of idempotency keys: another one's key is another key. */
export function callerOf(identity: Identity): string {
  return identity.state === 'anonymous' ? '' : identity.name;
}
