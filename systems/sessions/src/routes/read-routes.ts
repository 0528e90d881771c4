import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type SessionPageBody, type SessionsIndex, sessionPath } from '../client/index.ts';
import { permit } from './access.ts';
import { sendSession } from './create-routes.ts';
import {
  answer,
  described,
  etagHeader,
  headers,
  ifNoneMatchHeader,
  linkHeader,
  params,
  sessionAnswer,
} from './descriptions.ts';
import { entityTagOf, isKnown } from './entity-tags.ts';
import { parse } from './parse.ts';
import type { AppParams, RouteContext, SessionParams, UserParams } from './route-context.ts';
import { getQuery, listQuery, noQuery, sessionPageBody, sessionsIndex } from './schemas.ts';

/** Reads sessions, and lists them by pages. */
export function readRoutes(app: FastifyInstance, context: RouteContext): void {
  const { manager, identityOf } = context;

  app.get('/sessions', { schema: index }, async (request): Promise<SessionsIndex> => {
    parse('sessions', 'query', noQuery, request.query);
    const { status, mode } = await manager.getHealthStatus();
    return { name: 'sessions', status, mode, links: LINKS };
  });

  app.get<{ Params: AppParams }>('/sessions/:app', { schema: listOfApp }, (request, reply) =>
    sendPage(request, reply, { appName: request.params.app }),
  );

  app.get<{ Params: UserParams }>('/sessions/:app/:user', { schema: listOfUser }, (request, reply) =>
    sendPage(request, reply, { appName: request.params.app, userId: request.params.user }),
  );

  app.get<{ Params: SessionParams }>('/sessions/:app/:user/:id', { schema: get }, async (request, reply) => {
    const operation = 'getSession';
    const { app: appName, user: userId, id: sessionId } = request.params;
    const key = { appName, userId, sessionId };
    const query = parse(operation, 'query', getQuery, request.query);
    permit(identityOf(request), { operation, ...key, access: 'read' });
    const session = await manager.getSession(key, { ...query, signal: request.signal });
    const tag = entityTagOf(session);
    if (isKnown(tag, request.headers['if-none-match'])) return reply.code(304).header('etag', tag).send();
    return sendSession(reply, session);
  });

  async function sendPage(
    request: FastifyRequest,
    reply: FastifyReply,
    of: { readonly appName: string; readonly userId?: string },
  ): Promise<FastifyReply> {
    const operation = 'listSessions';
    const query = parse(operation, 'query', listQuery, request.query);
    permit(identityOf(request), { operation, ...of, access: 'read' });
    const page = await manager.listSessions({ ...of, ...query }, { signal: request.signal });
    if (page.next !== undefined) {
      const next = new URLSearchParams({
        ...(query.limit !== undefined && { limit: `${query.limit}` }),
        after: page.next,
      });
      reply.header('link', `<${sessionPath(of)}?${next}>; rel="next"`);
    }
    return reply.send(page satisfies SessionPageBody | typeof page);
  }
}

const LINKS = {
  sessions: '/sessions/{app}/{user}',
  openapi: '/api/openapi.json',
  health: '/health/sessions',
};

const index = {
  summary: 'How the session service is doing, and what there is',
  tags: ['sessions'],
  response: { 200: answer('Status and paths', sessionsIndex) },
} as const;

const list = {
  tags: ['sessions'],
  querystring: described(listQuery),
  response: { 200: answer('A page', sessionPageBody, linkHeader) },
} as const;

const listOfApp = { ...list, summary: 'The sessions of an application, by pages', params: params('app') };
const listOfUser = { ...list, summary: 'The sessions of a user, by pages', params: params('app', 'user') };

const get = {
  summary: 'A session: state and events',
  tags: ['sessions'],
  params: params('app', 'user', 'id'),
  querystring: described(getQuery),
  headers: headers(ifNoneMatchHeader),
  response: {
    200: sessionAnswer('The session'),
    304: { description: 'It still has the ETag of If-None-Match', headers: etagHeader },
  },
} as const;
