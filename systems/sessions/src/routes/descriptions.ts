import { z } from 'zod';
import { sessionBody } from './schemas.ts';

/** A Zod schema as JSON Schema, for OpenAPI. */
export function described(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _dialect, ...plain } = z.toJSONSchema(schema, { io: 'input' });
  return plain;
}

/** A good answer of JSON. */
export function answer(
  description: string,
  schema: z.ZodType,
  headers: Readonly<Record<string, unknown>> = {},
) {
  return { description, headers, content: { 'application/json': { schema: described(schema) } } };
}

export const sessionAnswer = (description: string) => answer(description, sessionBody, etagHeader);

const text = { type: 'string' } as const;

export const etagHeader = { etag: { ...text, description: 'the version, for If-Match and If-None-Match' } };
export const createdHeaders = {
  ...etagHeader,
  location: { ...text, description: 'the path of the session' },
};
export const linkHeader = { link: { ...text, description: 'rel="next": the next page' } };
export const replayedHeader = {
  'idempotency-replayed': { ...text, description: 'true: it was done before, and nothing was done now' },
};

export const ifMatchHeader = {
  'if-match': {
    ...text,
    description: 'only if the session is at this version: one ETag, or * for whatever it is; else 412',
  },
};

export const ifNoneMatchHeader = {
  'if-none-match': { ...text, description: 'an ETag that is known: 304 when the session still has it' },
};

export const idempotencyKeyHeader = {
  'idempotency-key': {
    ...text,
    description:
      '1 to 255 visible ASCII characters: what is sent again with the same key is done once, and answered as the first time',
  },
};

/** What a request may bring in its headers. */
export function headers(...each: readonly Readonly<Record<string, unknown>>[]) {
  return { type: 'object', properties: Object.assign({}, ...each) as Record<string, unknown> };
}

export function params(...names: readonly ('app' | 'user' | 'id')[]) {
  return {
    type: 'object',
    required: names,
    properties: Object.fromEntries(names.map((name) => [name, { ...text, description: WHAT[name] }])),
  };
}

const WHAT = { app: 'the application', user: 'the user', id: 'the session' };
