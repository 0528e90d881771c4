import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type PutSessionBody, REPLAYED, type SessionBody, sessionPath } from '../client/index.ts';
import { sessionFaults } from '../faults.ts';
import type { GetOptions } from '../manager/index.ts';
import type { Session, SessionEvent } from '../session/index.ts';
import { permit } from './access.ts';
import {
  answer,
  createdHeaders,
  described,
  headers,
  idempotencyKeyHeader,
  params,
  replayedHeader,
  sessionAnswer,
} from './descriptions.ts';
import { entityTagOf } from './entity-tags.ts';
import { idempotencyKeyOf, scopedKey } from './keys/index.ts';
import { parse } from './parse.ts';
import { callerOf, type RouteContext, type SessionParams, type UserParams } from './route-context.ts';
import { createSessionBody, getQuery, putSessionBody, sessionBody } from './schemas.ts';

/** Creates sessions: `POST …/{user}` a new one, `PUT …/{id}` one that may be there. */
export function createRoutes(app: FastifyInstance, context: RouteContext): void {
  const { manager, keys, bodyLimit } = context;

  app.post<{ Params: UserParams }>(
    '/sessions/:app/:user',
    { schema: post, bodyLimit },
    async (request, reply) => {
      const operation = 'createSession';
      const { app: appName, user: userId } = request.params;
      const query = parse(operation, 'query', getQuery, request.query);
      const body = parse(operation, 'body', createSessionBody, request.body ?? {});
      const identity = context.identityOf(request);
      const names = Object.keys(body.state ?? {});
      permit(identity, { operation, appName, userId, access: 'write', names });
      const text = idempotencyKeyOf(operation, request.headers['idempotency-key']);
      const scope = [callerOf(identity), appName, userId];
      const once = text === undefined ? undefined : scopedKey(operation, text, scope, body);
      const creationId = body.creationId ?? once?.id;
      const asked = { appName, userId, ...body, creationId, ttlMs: lifeMs(body) };
      const create = () => manager.createSession(asked);
      const created = await (once === undefined ? create() : keys.run(operation, once, create));
      const { isRepeated, ...session } = created;
      if (isRepeated) reply.header(REPLAYED, 'true');
      return sendSession(reply.code(201), { ...session, events: recent(session.events, query) });
    },
  );

  app.put<{ Params: SessionParams }>(
    '/sessions/:app/:user/:id',
    { schema: put, bodyLimit },
    async (request: FastifyRequest<{ Params: SessionParams }>, reply) => {
      const operation = 'getOrCreateSession';
      const { app: appName, user: userId, id: sessionId } = request.params;
      const query = parse(operation, 'query', getQuery, request.query);
      const body = parse(operation, 'body', putSessionBody, request.body ?? {});
      if (request.headers['idempotency-key'] !== undefined) throw needsNoKey(operation);
      const names = Object.keys(body.state ?? {});
      const wanted = { operation, appName, userId, sessionId, access: 'write', names } as const;
      permit(context.identityOf(request), wanted);
      const made = await manager.getOrCreateSession(
        { appName, userId, sessionId, ...body, ttlMs: lifeMs(body) },
        query,
      );
      return sendSession(reply.code(made.isNew ? 201 : 200), made.session);
    },
  );
}

function lifeMs({ ttlMs }: PutSessionBody): number | undefined {
  return ttlMs === null ? Number.POSITIVE_INFINITY : ttlMs;
}

/** Of a session that was made before: what {@link GetOptions} says. */
function recent(
  events: readonly SessionEvent[],
  { numRecentEvents = events.length, afterTimestamp = Number.NEGATIVE_INFINITY }: GetOptions,
): readonly SessionEvent[] {
  const since = events.filter(({ timestamp }) => timestamp >= afterTimestamp);
  return since.slice(Math.max(0, since.length - numRecentEvents));
}

function needsNoKey(operation: string): Error {
  const reason =
    'is not for PUT, which changes nothing when it is repeated: send it without, or create with POST';
  return sessionFaults.SESSION_REQUEST_INVALID({ operation, field: 'Idempotency-Key', reason });
}

/** With its ETag, and where it is. */
export function sendSession(reply: FastifyReply, session: Session): FastifyReply {
  const { appName, userId, sessionId } = session;
  reply.header('etag', entityTagOf(session));
  if (reply.statusCode === 201) reply.header('location', sessionPath({ appName, userId, sessionId }));
  return reply.send(session satisfies SessionBody | Session);
}

const post = {
  summary: 'Creates a session; 409 when there is one of this id, unless the same creation has made it',
  tags: ['sessions'],
  params: params('app', 'user'),
  querystring: described(getQuery),
  headers: headers(idempotencyKeyHeader),
  body: described(createSessionBody),
  response: { 201: answer('Created, now or before', sessionBody, { ...createdHeaders, ...replayedHeader }) },
} as const;

const put = {
  summary: 'The session that is there, as it is, or a new one: repeated, it changes nothing',
  tags: ['sessions'],
  params: params('app', 'user', 'id'),
  querystring: described(getQuery),
  body: described(putSessionBody),
  response: {
    200: sessionAnswer('It was there, and is as it was'),
    201: answer('Created', sessionBody, createdHeaders),
  },
} as const;
