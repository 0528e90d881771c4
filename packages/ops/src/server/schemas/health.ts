import type { JsonSchema } from './json-schema.ts';

const status = { type: 'string', enum: ['pass', 'warn', 'fail'] } as const;

/** `application/health+json` (draft-inadarei-api-health-check): one status, and every check by `system:check`. */
export const healthSchema = {
  title: 'Health',
  type: 'object',
  required: ['status', 'checks'],
  properties: {
    status,
    output: { type: 'string', description: 'what is not well' },
    checks: {
      type: 'object',
      additionalProperties: {
        type: 'array',
        items: {
          type: 'object',
          required: ['status'],
          properties: {
            status,
            componentId: { type: 'string' },
            time: { type: 'string', format: 'date-time' },
            output: { type: 'string' },
            observedValue: { type: ['number', 'string', 'boolean'] },
            observedUnit: { type: 'string' },
          },
        },
      },
    },
  },
} as const satisfies JsonSchema;
