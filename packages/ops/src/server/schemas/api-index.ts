import type { JsonSchema } from './json-schema.ts';

/** `GET /api/`: what is there, each by its path. */
export interface ApiIndex {
  readonly name: 'sustain';
  /** `openapi`, `signals`, `health`, and where the program has them `metrics`, `login`, `logout`. */
  readonly links: Readonly<Record<string, string>>;
}

export const apiIndexSchema = {
  title: 'ApiIndex',
  type: 'object',
  required: ['name', 'links'],
  properties: {
    name: { type: 'string', const: 'sustain' },
    links: { type: 'object', additionalProperties: { type: 'string' } },
  },
} as const satisfies JsonSchema;
