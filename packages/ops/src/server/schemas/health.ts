import type { JsonSchema } from './json-schema.ts';

const status = { type: 'string', enum: ['pass', 'warn', 'fail'] } as const;
const time = { type: 'string', format: 'date-time' } as const;

/** `application/health+json` (draft-inadarei-api-health-check): one status, and every check by `system:check`. */
export const healthSchema = {
  title: 'Health',
  type: 'object',
  required: ['status', 'checks'],
  properties: {
    status,
    serviceId: { type: 'string' },
    version: { type: 'string' },
    releaseId: { type: 'string' },
    description: { type: 'string' },
    lastChange: { ...time, description: 'since when the status is that' },
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
            critical: { type: 'boolean', description: 'whether the whole fails when this does' },
            time,
            lastChange: time,
            output: { type: 'string' },
            observedValue: { type: ['number', 'string', 'boolean'] },
            observedUnit: { type: 'string' },
          },
        },
      },
    },
  },
} as const satisfies JsonSchema;
