import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { IssuedToken } from '../client/index.ts';
import type { CleanupReport, ForcedHealthCheck, SessionHealthStatus } from '../manager/index.ts';
import { permitAdministration, permitIssuing } from './access.ts';
import { answer, described } from './descriptions.ts';
import { parse } from './parse.ts';
import type { RouteContext } from './route-context.ts';
import { cleanupBody, issuedToken, issueTokenBody, noQuery } from './schemas.ts';

/**
 * What concerns all applications, beside `/sessions/{app}`, whose names are the applications'. Tokens of sessions are not
 * good for it: who asks comes as the server lets in, and for giving out tokens has one of its own.
 */
export function administrationRoutes(app: FastifyInstance, context: RouteContext): void {
  const { manager, tokens, identityOf } = context;

  if (tokens !== undefined) {
    app.post('/api/sessions/tokens', { schema: issue }, async (request, reply): Promise<IssuedToken> => {
      const operation = 'issue a token';
      permitIssuing(identityOf(request), operation);
      parse(operation, 'query', noQuery, request.query);
      const body = parse(operation, 'body', issueTokenBody, request.body);
      reply.code(201);
      return tokens.issue(body);
    });
  }

  app.get('/api/sessions/health', { schema: health }, async (request): Promise<SessionHealthStatus> => {
    permitAdministration(identityOf(request), 'getHealthStatus');
    return manager.getHealthStatus();
  });

  app.post('/api/sessions/health-check', { schema: check }, async (request): Promise<ForcedHealthCheck> => {
    permitAdministration(identityOf(request), 'forceHealthCheck');
    return manager.forceHealthCheck();
  });

  app.post('/api/sessions/cleanup', { schema: cleanup }, async (request): Promise<CleanupReport> => {
    const operation = 'cleanupExpiredSessions';
    permitAdministration(identityOf(request), operation);
    return manager.cleanupExpiredSessions(parse(operation, 'body', cleanupBody, request.body ?? {}));
  });
}

const tags = ['sessions'] as const;
const anything = z.looseObject({});

const issue = {
  summary:
    'A token for the sessions of an application, or of one of its users; for holders of a token of the server',
  tags,
  body: described(issueTokenBody),
  response: { 201: answer('The token', issuedToken) },
} as const;

const health = {
  summary: 'How the session service is doing, in figures',
  tags,
  response: { 200: answer('The figures', anything) },
} as const;

const check = {
  summary: 'Creates, changes, reads, lists and deletes a session, and says what of that worked',
  tags,
  response: { 200: answer('Each step', anything) },
} as const;

const cleanup = {
  summary: 'Deletes expired sessions now, a bounded number',
  tags,
  body: described(cleanupBody),
  response: { 200: answer('What was done', anything) },
} as const;
