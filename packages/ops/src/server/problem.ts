import { STATUS_CODES } from 'node:http';
import { type Fault, severityName } from '@sustain/kernel';
import type { Refusal } from './refusal.ts';
import { type Problem, problemMediaType } from './schemas/index.ts';

/**
 * Describes a refusal to the client. Of the client's own mistakes (below 500) it tells all; of ours only the
 * declared user message, so that no inner detail gets out.
 */
export function problemOf({ fault, status, options }: Refusal, operationId: string): Problem {
  const title = STATUS_CODES[status] ?? 'Error';
  return {
    ...options.members,
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

/** The headers that belong to a problem: its type, Retry-After when its context has `retryAfterMs`, with 401 how to authenticate, and its own. */
export function problemHeaders({ fault, status, options }: Refusal): Record<string, string> {
  const afterMs = retryAfterMs(fault);
  return {
    'content-type': `${problemMediaType}; charset=utf-8`,
    'cache-control': 'no-store',
    ...(afterMs !== undefined && { 'retry-after': String(Math.ceil(afterMs / 1000)) }),
    ...(status === 401 && { 'www-authenticate': 'Bearer realm="sustain"' }),
    ...options.headers,
  };
}

function retryAfterMs(fault: Fault): number | undefined {
  const value = fault.context['retryAfterMs'];
  return typeof value === 'number' && value >= 0 ? value : undefined;
}
