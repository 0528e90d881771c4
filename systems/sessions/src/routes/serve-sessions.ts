import { type Clock, systemClock } from '@sustain/kernel';
import { COUNT, checkOptions } from '@sustain/kernel/options';
import type { Server } from '@sustain/ops/server';
import type { SessionManager } from '../manager/index.ts';
import { administrationRoutes } from './administration-routes.ts';
import { createRoutes } from './create-routes.ts';
import { KnownKeys } from './keys/index.ts';
import { readRoutes } from './read-routes.ts';
import type { RouteContext } from './route-context.ts';
import { sessionRefusal } from './session-refusal.ts';
import { SessionTokens } from './tokens/index.ts';
import { writeRoutes } from './write-routes.ts';

export interface ServeSessionsOptions {
  readonly manager: SessionManager;
  /**
   * What tokens of sessions are signed with, the first; the others are good, too. Each of 32 bytes or more. With any,
   * everything under `/sessions` needs a token: one of those, or one of the server's. Default none: as the server is.
   */
  readonly tokenSecrets?: readonly string[] | undefined;
  /** Largest body of a request that writes. Bytes, 1 or more. Default 2 MiB: more than the manager takes. */
  readonly bodyLimitBytes?: number | undefined;
  /** Default: the host's. */
  readonly clock?: Clock | undefined;
}

/**
 * Serves sessions under `/sessions`, with what concerns all applications under `/api/sessions`; `client/session-api.ts` has
 * the table of routes, `/api/openapi.json` their description. Answers that are errors are problems, with the codes of
 * `sessionFaults`. Before the server starts.
 *
 * **Written once.** A write with an Idempotency-Key that is sent again with the same body is not done again, on whatever
 * instance, and after a restart, as the ids of events, changes and sessions are made of the key: as long as the session knows
 * them, which is its last 256 changes, and of a creation as long as the session is there. It is answered with
 * the revision, version and event of the first time, of a creation with the session as it is now, and with the header
 * `Idempotency-Replayed`. The instance that saw the key also notices, for a day, when it comes with another body (422) or
 * while the first is under way (409), and knows a deletion as its own, so that it does not delete what was made since; that
 * an event is another one under the same key, every instance notices.
 *
 * One exception: a creation without an id while the primary store is away. Its session gets a new id, as nobody can know what
 * is under the one of the key; that the key has led to it only this instance knows, as long as it runs. Sent again to another
 * one, or after a restart, it makes a second session. Who must not have two gives the session an id.
 *
 * Throws SESSION_TOKEN_SECRET_UNUSABLE, a RangeError or TypeError for impossible options.
 */
export function serveSessions(server: Server, options: ServeSessionsOptions): void {
  const { manager, tokenSecrets = [], bodyLimitBytes = 2_097_152, clock = systemClock } = options;
  checkOptions('routes of sessions', { bodyLimitBytes: [bodyLimitBytes, COUNT] });
  const tokens = tokenSecrets.length > 0 ? new SessionTokens({ secrets: tokenSecrets, clock }) : undefined;
  const context: RouteContext = {
    manager,
    tokens,
    keys: new KnownKeys(clock),
    bodyLimit: bodyLimitBytes,
    identityOf: (request) => server.identityOf(request.raw),
  };
  if (tokens !== undefined) server.authenticate('/sessions', tokens.verify);
  server.register(async (app) => {
    // Schemas describe here; what is asked is parsed by what they are made of, which coerces nothing.
    app.setValidatorCompiler(() => () => true);
    app.setSerializerCompiler(() => (data) => JSON.stringify(data));
    app.removeContentTypeParser('text/plain');
    app.setErrorHandler((error, request) => {
      throw sessionRefusal(error, request.headers['if-match'] !== undefined);
    });
    readRoutes(app, context);
    createRoutes(app, context);
    writeRoutes(app, context);
    administrationRoutes(app, context);
  });
}
