import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Client } from '../rate-limit/index.ts';
import { Refusal } from '../refusal.ts';
import { type Login, type LoginRequest, loginRequestSchema, schemaUriOf } from '../schemas/index.ts';
import { type Authentication, LOGIN_PATH } from './authentication.ts';
import { sessionCookie, sessionKeysIn } from './session-cookie.ts';
import { localPath } from './sign-in-page.ts';

export interface LoginRoutesOptions {
  readonly authentication: Authentication;
  readonly clientOf: (request: IncomingMessage) => Client;
  /** How long a browser stays signed in. Milliseconds. */
  readonly sessionMs: number;
}

/** `POST /api/login` makes a session of a token, in place of the one that was; `POST /api/logout` ends it. */
export function loginRoutes(app: FastifyInstance, options: LoginRoutesOptions): void {
  const { authentication, clientOf, sessionMs } = options;
  app.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });

  const endSessions = ({ raw, headers }: FastifyRequest) => {
    for (const key of sessionKeysIn(headers.cookie, clientOf(raw).isHttps)) authentication.sessions.end(key);
  };

  app.post<{ Body: LoginRequest }>(LOGIN_PATH, { schema: login, bodyLimit: 8192 }, (request, reply) => {
    const client = clientOf(request.raw);
    const name = authentication.nameOf(request.body.token, client);
    if (name instanceof Refusal) throw name;
    endSessions(request);
    const { key, session } = authentication.sessions.begin(name);
    reply.header('set-cookie', sessionCookie(key, Math.ceil(sessionMs / 1000), client.isHttps));
    if (request.headers['content-type']?.startsWith(FORM))
      return reply.redirect(localPath(request.body.next), 303);
    const answer: Login = { name, expiresAt: new Date(session.expiresWallMs).toISOString() };
    return reply.send(answer);
  });

  app.post('/api/logout', { schema: logout }, (request, reply) => {
    endSessions(request);
    return reply
      .code(204)
      .header('set-cookie', sessionCookie('', 0, clientOf(request.raw).isHttps))
      .send();
  });
}

const FORM = 'application/x-www-form-urlencoded';

const login = {
  summary: 'Signs a browser in: the session is in a cookie',
  tags: ['access'],
  security: [],
  consumes: ['application/json', FORM],
  body: loginRequestSchema,
  response: {
    200: {
      description: 'Signed in',
      content: { 'application/json': { schema: { $ref: schemaUriOf('Login') } } },
    },
    303: { description: 'Signed in with a form: go on to `next`' },
  },
} as const;

const logout = {
  summary: 'Signs a browser out',
  tags: ['access'],
  response: { 204: { description: 'Signed out' } },
} as const;
