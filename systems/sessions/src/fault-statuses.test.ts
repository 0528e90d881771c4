import type { Fault } from '@sustain/kernel';
import { expect, it } from 'vitest';
import { statusOf } from './fault-statuses.ts';
import { SessionError, sessionFaults } from './faults.ts';
import { handleOrchestrationError } from './orchestration/index.ts';

const about = { operation: 'test', sessionId: 's1', reason: 'drilled', run: 'r', stage: 's', timeoutMs: 1 };
const codes = Object.keys(sessionFaults) as (keyof typeof sessionFaults)[];
const all = codes.map((code) => sessionFaults[code](about as never) as Fault);
const ours = all.filter((fault) => SessionError.matches(fault));

it('every fault of a session has a status, and who tells of an orchestration says the same', async () => {
  expect(ours.length).toBeGreaterThan(15);
  for (const fault of ours) {
    const { problem } = await handleOrchestrationError(fault, {
      operation: 'test',
      operationId: 'a'.repeat(32),
    });
    expect([fault.code, problem.status]).toEqual([fault.code, statusOf(fault)]);
    expect(statusOf(fault)).toBeGreaterThanOrEqual(400);
  }
});

it('what may succeed later is never the client’s mistake, and never final', () => {
  for (const fault of ours.filter(({ retryable }) => retryable))
    expect([409, 503]).toContain(statusOf(fault));
});

it('what is none of a session has none', () => {
  for (const error of [new Error('a bug'), 'text', undefined]) expect(statusOf(error)).toBeUndefined();
});
