import { Refusal } from '@sustain/ops/server';
import { describe, expect, it } from 'vitest';
import { sessionFaults } from '../faults.ts';
import { sessionRefusal } from './session-refusal.ts';

const about = { operation: 'test', sessionId: 's1', reason: 'the password is hunter2' };
const refused = (error: unknown, isConditional = true) => sessionRefusal(error, isConditional) as Refusal;

describe('a fault of a session over HTTP', () => {
  it.each<[keyof typeof sessionFaults, status: number]>([
    ['SESSION_NOT_FOUND', 404],
    ['SESSION_ALREADY_EXISTS', 409],
    ['SESSION_REQUEST_UNDER_WAY', 409],
    ['SESSION_CONCURRENT_ACCESS', 412],
    ['SESSION_REQUEST_INVALID', 400],
    ['SESSION_TOO_LARGE', 413],
    ['SESSION_KEY_REUSED', 422],
    ['SESSION_PRECONDITION_REQUIRED', 428],
    ['SESSION_TOKEN_INVALID', 401],
    ['SESSION_ACCESS_DENIED', 403],
    ['SESSION_SERVICE_UNAVAILABLE', 503],
    ['SESSION_HELD_ELSEWHERE', 503],
    ['SESSION_OUTCOME_UNKNOWN', 503],
    ['SESSIONS_CLOSED', 503],
    ['SESSION_STORAGE_CORRUPTED', 500],
    ['SESSION_ERROR', 500],
  ])('%s is %i', (code, status) => {
    const fault = sessionFaults[code](about as never);
    const refusal = refused(fault);
    expect([refusal.fault, refusal.status]).toEqual([fault, status]);
    expect(refusal.options.headers).toEqual(status === 503 ? { 'retry-after': '1' } : {});
    const closer = status === 503 && { retryAfterMs: 250 };
    const members = { operation: 'test', ...closer, ...(status < 500 && { sessionId: 's1' }) };
    expect(refusal.options.members).toEqual(members);
  });

  it('that is a conflict is 409 to who did not say which version was expected', () => {
    const fault = sessionFaults.SESSION_CONCURRENT_ACCESS({ ...about, actualVersion: 'x-7' });
    expect([refused(fault, false).status, refused(fault, false).options.headers]).toEqual([409, {}]);
    expect(refused(fault).options.headers).toEqual({ etag: '"x-7"' });
  });

  it('that says when to come back says so itself', () => {
    const fault = sessionFaults.SESSION_SERVICE_UNAVAILABLE({ ...about, retryAfterMs: 7000 });
    expect(refused(fault).options.headers).toEqual({});
  });

  it('is left to the server when it is none of a session', () => {
    for (const error of [new Error('a bug'), 'text', undefined])
      expect(sessionRefusal(error, true)).toBe(error);
    const taken = sessionFaults.INSTANCE_NAME_TAKEN({ instance: 'a', holder: 'b' });
    expect(refused(taken)).toBeInstanceOf(Refusal);
  });
});
