import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';
import {
  type ApiIndex,
  apiIndexSchema,
  gapSchema,
  healthSchema,
  loginRequestSchema,
  loginSchema,
  problemMediaType,
  problemSchema,
  schemaUriOf,
  signalSchema,
} from './schemas/index.ts';

/** Collects what routes that are registered after it say of themselves. Every route may also answer a problem. */
export function collectDescriptions(app: FastifyInstance, needsToken: boolean): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Sustain',
        description: 'What a running Sustain program tells and takes.',
        version: '1',
      },
      components: {
        schemas: structuredClone<Record<string, object>>(schemas),
        ...(needsToken && { securitySchemes }),
      },
      ...(needsToken && { security: [{ bearer: [] }, { session: [] }] }),
    },
    transform: ({ schema, url }) => ({ schema: withProblem(schema), url }),
  });
}

/** `GET /api/` and `GET /api/openapi.json`. */
export function apiRoutes(app: FastifyInstance, links: ApiIndex['links']): void {
  const index: ApiIndex = { name: 'sustain', links };
  app.get('/api/', { schema: indexSchema }, () => index);
  app.get('/api', { schema: { hide: true } }, (_request, reply) => reply.redirect('/api/', 308));
  app.get('/api/openapi.json', { schema: openapiSchema }, () => app.swagger());
}

function withProblem(schema: FastifySchema | undefined): FastifySchema {
  const response = (schema?.response ?? {}) as Readonly<Record<string, unknown>>;
  const isToldGood = Object.keys(response).some((status) => /^[23]/.test(status));
  return {
    ...schema,
    response: { ...(!isToldGood && { 200: { description: 'Done' } }), ...response, default: problem },
  };
}

const schemas = {
  Problem: problemSchema,
  Health: healthSchema,
  Signal: signalSchema,
  Gap: gapSchema,
  Login: loginSchema,
  LoginRequest: loginRequestSchema,
  ApiIndex: apiIndexSchema,
};

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer' },
  session: { type: 'apiKey', in: 'cookie', name: 'sustain_session' },
} as const;

const problem = {
  description: 'What went wrong, as RFC 9457',
  content: { [problemMediaType]: { schema: { $ref: schemaUriOf('Problem') } } },
};

const indexSchema = {
  summary: 'What is there',
  tags: ['api'],
  response: {
    200: {
      description: 'Paths',
      content: { 'application/json': { schema: { $ref: schemaUriOf('ApiIndex') } } },
    },
  },
} as const;

const openapiSchema = {
  summary: 'This description, as OpenAPI 3.1',
  tags: ['api'],
  response: {
    200: { description: 'OpenAPI 3.1', content: { 'application/json': { schema: { type: 'object' } } } },
  },
} as const;
