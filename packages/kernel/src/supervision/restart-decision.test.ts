import { expect, test } from 'vitest';
import { decideRestart, type EndedChild, nextBackoffMs, type RestartLimits } from './restart-decision.ts';
import type { SupervisorStatus } from './status.ts';

const limits: RestartLimits = {
  maxRestarts: 3,
  withinMs: 1000,
  backoffMs: 100,
  maxBackoffMs: 250,
};
const child: EndedChild = {
  restart: 'permanent',
  removed: undefined,
  added: undefined,
  replaced: false,
  startedOnce: true,
  backoffMs: 0,
};
interface Now {
  readonly state: SupervisorStatus['state'];
  readonly failed: boolean;
  readonly exhausted: boolean;
}
const crash: Now = { state: 'running', failed: true, exhausted: false };

test.each([
  [{}, { state: 'stopping' }, 'leave', 'stopping'],
  [{ removed: {} }, {}, 'leave', 'removed'],
  [{ removed: {}, replaced: true }, {}, 'leave', 'removed'],
  [{ replaced: true }, {}, 'replace', 'a sibling failed'],
  [{ replaced: true, restart: 'temporary' }, {}, 'leave', 'temporary'],
  [{ replaced: true, restart: 'temporary', startedOnce: false }, {}, 'replace', 'a sibling failed'],
  [{ startedOnce: false }, { state: 'starting' }, 'give-up', 'not started'],
  [{ startedOnce: false, added: {} }, { state: 'starting' }, 'leave', 'not started'],
  [{ startedOnce: false, added: {} }, {}, 'leave', 'not started'],
  [{ startedOnce: false }, {}, 'restart', 'at once'],
  [{ restart: 'temporary' }, {}, 'leave', 'temporary'],
  [{ restart: 'transient' }, { failed: false }, 'leave', 'transient'],
  [{ restart: 'transient' }, {}, 'restart', 'at once'],
  [{}, { failed: false }, 'restart', 'at once'],
  [{ backoffMs: 100 }, {}, 'restart', 'backoff'],
  [{}, { exhausted: true }, 'give-up', 'too many restarts'],
  [{ restart: 'transient' }, { failed: false, exhausted: true }, 'leave', 'transient'],
] as const)('a child %j that ended %j: %s, %s', (facts, now, action, why) => {
  const { state, failed, exhausted } = { ...crash, ...now };
  const decision = decideRestart(state, { ...child, ...facts }, failed, exhausted);
  expect(decision).toEqual({ action, why, delayMs: 'backoffMs' in facts ? facts.backoffMs : 0 });
});

test('the first wait is none, each further one twice the one before, and none is longer than the longest', () => {
  const waitsMs: number[] = [0];
  for (let restart = 0; restart < 2000; restart++)
    waitsMs.push(nextBackoffMs(waitsMs.at(-1) as number, limits));
  expect(waitsMs.slice(0, 6)).toEqual([0, 100, 200, 250, 250, 250]);
  expect(waitsMs.at(-1)).toBe(250);
});

test('a backoff of 0 stays 0 after thousands of unstable restarts, and does not become NaN', () => {
  let waitMs = 0;
  for (let restart = 0; restart < 5000; restart++)
    waitMs = nextBackoffMs(waitMs, { ...limits, backoffMs: 0 });
  expect(waitMs).toBe(0);
});
