import { isDeepStrictEqual } from 'node:util';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type AppendEventBody, type AppendedBody, REPLAYED, type WrittenBody } from '../client/index.ts';
import { sessionFaults } from '../faults.ts';
import type { Appended, Written } from '../manager/index.ts';
import type { SessionKey } from '../session/index.ts';
import { permit, type Wanted } from './access.ts';
import {
  answer,
  described,
  etagHeader,
  headers,
  idempotencyKeyHeader,
  ifMatchHeader,
  params,
  replayedHeader,
} from './descriptions.ts';
import { entityTag, ifMatch } from './entity-tags.ts';
import { idempotencyKeyOf, keyReused, type ScopedKey, scopedKey } from './keys/index.ts';
import { parse } from './parse.ts';
import { callerOf, type RouteContext, type SessionParams } from './route-context.ts';
import { appendEventBody, appendedBody, noQuery, patchStateBody, writtenBody } from './schemas.ts';

/** Changes sessions: state, events, and their end. */
export function writeRoutes(app: FastifyInstance, context: RouteContext): void {
  const { manager, keys, bodyLimit, identityOf } = context;

  app.patch<{ Params: SessionParams }>(
    '/sessions/:app/:user/:id/state',
    { schema: patchState, bodyLimit },
    async (request, reply) => {
      const operation = 'updateSessionState';
      const key = keyOf(request.params);
      parse(operation, 'query', noQuery, request.query);
      const body = parse(operation, 'body', patchStateBody, request.body);
      const names = [...Object.keys(body.set ?? {}), ...(body.remove ?? [])];
      const identity = identityOf(request);
      permit(identity, { ...wanted(operation, key), names });
      const match = ifMatch(operation, request.headers['if-match']);
      if (match === undefined) throw preconditionRequired(operation, key);
      const options = { expectedVersion: match.version };
      const once = onceKey(operation, key, request.headers['idempotency-key'], callerOf(identity), body);
      const change = () =>
        manager.updateSessionState(key, { ...body, changeId: body.changeId ?? once?.id }, options);
      const written = await (once === undefined ? change() : keys.run(operation, once, change));
      const { isRepeated, ...told } = written;
      return sendWritten(reply, written, told satisfies WrittenBody);
    },
  );

  app.post<{ Params: SessionParams }>(
    '/sessions/:app/:user/:id/events',
    { schema: appendEvent, bodyLimit },
    async (request, reply) => {
      const operation = 'appendEvent';
      const key = keyOf(request.params);
      parse(operation, 'query', noQuery, request.query);
      const body = parse(operation, 'body', appendEventBody, request.body) as AppendEventBody;
      const identity = identityOf(request);
      permit(identity, { ...wanted(operation, key), names: Object.keys(body.stateDelta ?? {}) });
      const options = { expectedVersion: ifMatch(operation, request.headers['if-match'])?.version };
      const once = onceKey(operation, key, request.headers['idempotency-key'], callerOf(identity), body);
      const event = once === undefined ? body.event : { id: once.id, ...body.event };
      const append = () => manager.appendEvent(key, { event, stateDelta: body.stateDelta }, options);
      const appended = await (once === undefined ? append() : keys.run(operation, once, append));
      const isOfKey = once !== undefined && body.event.id === undefined;
      if (isOfKey && !isSame(body.event, appended)) throw keyReused(operation);
      const { isRepeated, ...told } = appended;
      return sendWritten(reply.code(201), appended, told satisfies AppendedBody);
    },
  );

  app.delete<{ Params: SessionParams }>(
    '/sessions/:app/:user/:id',
    { schema: remove },
    async (request, reply) => {
      const operation = 'deleteSession';
      const key = keyOf(request.params);
      parse(operation, 'query', noQuery, request.query);
      const identity = identityOf(request);
      permit(identity, wanted(operation, key));
      const options = { expectedVersion: ifMatch(operation, request.headers['if-match'])?.version };
      const once = onceKey(operation, key, request.headers['idempotency-key'], callerOf(identity), undefined);
      const end = async (wasDone: boolean) => {
        // What is there by now is another session.
        if (wasDone || (await manager.deleteSession(key, options))) return wasDone;
        const reason = 'it was never made, or deleted';
        throw sessionFaults.SESSION_NOT_FOUND({ operation, sessionId: key.sessionId, reason });
      };
      const wasDone = await (once === undefined ? end(false) : keys.run(operation, once, end));
      if (wasDone) reply.header(REPLAYED, 'true');
      return reply.code(204).send();
    },
  );
}

function keyOf({ app: appName, user: userId, id: sessionId }: SessionParams): SessionKey {
  return { appName, userId, sessionId };
}

function wanted(operation: string, key: SessionKey): Wanted {
  return { operation, ...key, access: 'write' };
}

/** The Idempotency-Key of a write, for this session and this caller. */
function onceKey(
  operation: string,
  { appName, userId, sessionId }: SessionKey,
  header: string | string[] | undefined,
  caller: string,
  body: unknown,
): ScopedKey | undefined {
  const text = idempotencyKeyOf(operation, header);
  if (text === undefined) return undefined;
  return scopedKey(operation, text, [caller, appName, userId, sessionId], body);
}

/** Whether the event that is stored is the one that was sent: under the id of a key that came before it may be another. */
function isSame(sent: AppendEventBody['event'], { event, isRepeated }: Appended): boolean {
  if (!isRepeated) return true;
  const { id, timestamp } = event;
  return isDeepStrictEqual(asStored(event), asStored({ id, timestamp, ...sent }));
}

/** JSON does not carry all that JavaScript tells apart: -0. */
function asStored(event: object): unknown {
  return JSON.parse(JSON.stringify(event));
}

function sendWritten(reply: FastifyReply, { version, isRepeated }: Written, told: WrittenBody): FastifyReply {
  if (isRepeated) reply.header(REPLAYED, 'true');
  return reply.header('etag', entityTag(version)).send(told);
}

function preconditionRequired(operation: string, { sessionId }: SessionKey): Error {
  const reason =
    'must say which version is to be changed: the ETag that the session was read with, or * for any';
  return sessionFaults.SESSION_PRECONDITION_REQUIRED({ operation, sessionId, field: 'If-Match', reason });
}

const written = { ...etagHeader, ...replayedHeader };

const patchState = {
  summary: 'Sets and removes names of the state, all at once; needs If-Match',
  tags: ['sessions'],
  params: params('app', 'user', 'id'),
  headers: headers(ifMatchHeader, idempotencyKeyHeader),
  body: described(patchStateBody),
  response: { 200: answer('Changed', writtenBody, written) },
} as const;

const appendEvent = {
  summary: 'Appends an event, and what it changes in the state, at once',
  tags: ['sessions'],
  params: params('app', 'user', 'id'),
  headers: headers(ifMatchHeader, idempotencyKeyHeader),
  body: described(appendEventBody),
  response: { 201: answer('Appended', appendedBody, written) },
} as const;

const remove = {
  summary: 'Deletes a session; 404 when there is none',
  tags: ['sessions'],
  params: params('app', 'user', 'id'),
  headers: headers(ifMatchHeader, idempotencyKeyHeader),
  response: { 204: { description: 'Deleted', headers: replayedHeader } },
} as const;
