import { STATUS_CODES } from 'node:http';
import { type Fault, type SeverityName, severityName } from '@sustain/kernel';
import type { Refusal } from './refusal.ts';

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
  readonly severity: SeverityName;
  readonly retryable: boolean;
  readonly operationId: string;
}

/**
 * Describes a refusal to the client. Of the client's own mistakes (below 500) it tells all; of ours only the
 * declared user message, so that no inner detail gets out.
 */
export function problemOf({ fault, status }: Refusal, operationId: string): Problem {
  const title = STATUS_CODES[status] ?? 'Error';
  return {
    type: `urn:sustain:fault:${fault.system}:${fault.code}`,
    title,
    status,
    detail: status < 500 ? fault.message : (fault.userMessage ?? title),
    code: fault.code,
    severity: severityName(fault.severity),
    retryable: fault.retryable,
    operationId: fault.operationId ?? operationId,
  };
}

/** The headers that belong to a problem: its type, and Retry-After when the fault's context has `retryAfterMs`. */
export function problemHeaders({ fault }: Refusal): Record<string, string> {
  const afterMs = retryAfterMs(fault);
  return {
    'content-type': `${problemMediaType}; charset=utf-8`,
    'cache-control': 'no-store',
    ...(afterMs !== undefined && { 'retry-after': String(Math.ceil(afterMs / 1000)) }),
  };
}

function retryAfterMs(fault: Fault): number | undefined {
  const value = fault.context['retryAfterMs'];
  return typeof value === 'number' && value >= 0 ? value : undefined;
}
