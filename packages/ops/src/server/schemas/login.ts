import type { JsonSchema } from './json-schema.ts';

/** Body of `POST /api/login`, as JSON or as a form. */
export interface LoginRequest {
  readonly token: string;
  /** Where a form is sent after it; a path of this server. Default `/`. */
  readonly next?: string;
}

/** Its answer; the session itself is in the cookie. */
export interface Login {
  /** The name of the token. */
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly expiresAt: string;
}

export const loginRequestSchema = {
  title: 'LoginRequest',
  type: 'object',
  required: ['token'],
  properties: {
    token: { type: 'string', minLength: 1, maxLength: 4096 },
    next: { type: 'string', maxLength: 2048 },
  },
} as const satisfies JsonSchema;

export const loginSchema = {
  title: 'Login',
  type: 'object',
  required: ['name', 'expiresAt'],
  properties: { name: { type: 'string' }, expiresAt: { type: 'string', format: 'date-time' } },
} as const satisfies JsonSchema;
