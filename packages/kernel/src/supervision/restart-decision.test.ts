import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideRestart as decide, type EndedChild, type RestartLimits } from './restart-decision.ts';
import type { SupervisorStatus } from './status.ts';

const limits: RestartLimits = {
  maxRestarts: 3,
  withinMs: 1000,
  backoffMs: 100,
  maxBackoffMs: 250,
  jitter: 0,
  stableMs: 500,
};
const child: EndedChild = {
  restart: 'permanent',
  removed: undefined,
  added: undefined,
  replaced: false,
  startedOnce: true,
  unstableRestarts: 0,
};
interface Now {
  readonly state: SupervisorStatus['state'];
  readonly failed: boolean;
  readonly restartsInWindow: number;
  readonly chance: number;
}
const crash: Now = { state: 'running', failed: true, restartsInWindow: 0, chance: 0 };

const decideRestart = (limits: RestartLimits, child: EndedChild, now: Now) =>
  decide(now.state, now.restartsInWindow, limits, child, now.failed, now.chance);

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
] as const)('a child %j that ended %j: %s, %s', (facts, now, action, why) => {
  const decision = decideRestart(limits, { ...child, ...facts }, { ...crash, ...now });
  expect(decision).toMatchObject({ action, why });
});

test.each([
  [0, 0, 'at once'],
  [1, 100, 'backoff'],
  [2, 200, 'backoff'],
  [3, 250, 'backoff'],
  [2000, 250, 'backoff'],
])('after %i unstable restarts the next waits %i ms: %s', (unstableRestarts, delayMs, why) => {
  expect(decideRestart(limits, { ...child, unstableRestarts }, crash)).toMatchObject({
    action: 'restart',
    why,
    delayMs,
  });
});

test('a backoff of 0 stays 0 after thousands of unstable restarts, and does not become NaN', () => {
  const decision = decideRestart({ ...limits, backoffMs: 0 }, { ...child, unstableRestarts: 5000 }, crash);
  expect(decision).toMatchObject({ action: 'restart', delayMs: 0 });
});

test('as many restarts as allowed in the window, and the next gives up', () => {
  expect(decideRestart(limits, child, { ...crash, restartsInWindow: 2 })).toMatchObject({
    action: 'restart',
  });
  expect(decideRestart(limits, child, { ...crash, restartsInWindow: 3 })).toEqual({
    action: 'give-up',
    why: 'too many restarts',
    delayMs: 0,
  });
});

test('with no restarts allowed the first crash gives up', () => {
  expect(decideRestart({ ...limits, maxRestarts: 0 }, child, crash).action).toBe('give-up');
});

test('jitter only ever shortens a wait', () => {
  fc.assert(
    fc.property(
      fc.record({ jitter: fc.double({ min: 0, max: 1, noNaN: true }), unstable: fc.nat(60) }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      ({ jitter, unstable }, chance) => {
        const decision = decideRestart(
          { ...limits, jitter },
          { ...child, unstableRestarts: unstable },
          { ...crash, chance },
        );
        if (decision.action !== 'restart') return false;
        const wholeMs = unstable === 0 ? 0 : Math.min(100 * 2 ** (unstable - 1), 250);
        return decision.delayMs <= wholeMs && decision.delayMs >= wholeMs * (1 - jitter);
      },
    ),
  );
});
