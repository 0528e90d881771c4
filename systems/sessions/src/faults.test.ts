import { expect, test } from 'vitest';
import { SessionError, sessionFaults } from './faults.ts';

const about = {
  sessionId: 'talk-7',
  operation: 'appendEvent',
  reason: 'the disk is full',
  ...{
    key: 'k',
    field: 'state',
    instance: 'b',
    run: 'r',
    stage: 's',
    timeoutMs: 1,
    limit: 1,
    got: 2,
    retryAfterMs: 1,
  },
};
/** What is wrong with a request or a token is not a session’s matter. */
const OF_NO_SESSION =
  /^(SESSION_REQUEST_INVALID|SESSION_TOO_LARGE|SESSION_KEY_REUSED|SESSION_PRECONDITION_REQUIRED|SESSION_REQUEST_UNDER_WAY|SESSION_TOKEN_INVALID|SESSIONS_CLOSED|RUN_NOT_FOUND)$/;

const ofSessions = Object.values(sessionFaults).filter(
  (factory) => factory.prototype instanceof SessionError,
);

test('S4-08: every fault of a session names the operation, and the session where there is one', () => {
  expect(ofSessions.length).toBeGreaterThan(10);
  for (const factory of [SessionError, ...ofSessions]) {
    const fault = (factory as typeof SessionError)(about);
    if (factory.code !== 'SESSION_TOKEN_INVALID') expect(fault.message).toContain('appendEvent');
    if (!OF_NO_SESSION.test(factory.code)) expect(fault.message).toContain('talk-7');
    expect(fault.toJSON()).toMatchObject({
      code: factory.code,
      context: { sessionId: 'talk-7', operation: 'appendEvent' },
    });
  }
});
