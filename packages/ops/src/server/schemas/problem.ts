import type { JsonSchema } from './json-schema.ts';

/** The media type of {@link Problem}: RFC 9457. */
export const problemMediaType = 'application/problem+json';

/** A refusal as it is told to the client. What caused it stays in the log, found by `operationId`. */
export interface Problem {
  /** `urn:sustain:fault:<system>:<code>`, described in docs/faults.md. */
  readonly type: string;
  /** The phrase of the HTTP status. */
  readonly title: string;
  readonly status: number;
  /** What happened and what to do. */
  readonly detail: string;
  readonly code: string;
  readonly severity: 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL';
  /** Whether the same request may succeed later; see Retry-After. */
  readonly retryable: boolean;
  readonly operationId: string;
}

export const problemSchema = {
  title: 'Problem',
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'severity', 'retryable', 'operationId'],
  properties: {
    type: { type: 'string', pattern: '^urn:sustain:fault:' },
    title: { type: 'string' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string' },
    code: { type: 'string' },
    severity: { type: 'string', enum: ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] },
    retryable: { type: 'boolean' },
    operationId: { type: 'string', pattern: '^[0-9a-f]{32}$' },
  },
} as const satisfies JsonSchema;
