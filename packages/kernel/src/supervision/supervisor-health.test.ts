import { expect, test } from 'vitest';
import type { HealthCheck } from './health-watch.ts';
import { faults, house, limits, puppet } from './house.fixture.ts';

/** One child `a` with a sister `b`, and a log of when `a` was checked. */
async function ward(check: Partial<HealthCheck> = {}) {
  const log: string[] = [];
  const state = { answer: (): unknown => true, checks: 0, open: 0, mostOpen: 0 };
  const health: HealthCheck = {
    everyMs: 1000,
    timeoutMs: 200,
    failures: 3,
    check: async () => {
      state.checks++;
      state.mostOpen = Math.max(state.mostOpen, ++state.open);
      try {
        return await state.answer();
      } finally {
        state.open--;
      }
    },
    ...check,
  };
  const a = puppet('a', log, { health });
  const rooms = house({ children: [a.spec, puppet('b', log).spec] });
  await rooms.supervisor.start();
  log.length = 0;
  const of = (type: string) => rooms.reports.filter((report) => report.type === `supervisor.child.${type}`);
  const now = () => rooms.supervisor.status().children[0];
  return { ...rooms, a, log, state, of, now };
}

const broken = () => Promise.reject(faults.BROKE({ what: 'the model' }));
const throws = () => {
  throw new TypeError('no such voice');
};
const never = () => Promise.withResolvers<void>().promise;

test('a healthy child is checked every so often, from the end of one check to the next; the status says so', async () => {
  const { supervisor, clock, state, now } = await ward();
  expect(now()?.health).toEqual({ state: 'unchecked' });
  state.answer = () => clock.sleep(100);
  await clock.advance(1000);
  expect(state.checks).toBe(1);
  await clock.advance(100);
  expect(now()?.health).toEqual({ state: 'healthy' });
  await clock.advance(999);
  expect(state.checks).toBe(1);
  await clock.advance(1);
  expect(state.checks).toBe(2);
  await clock.advance(20_000);
  expect(supervisor.status().children[1]).toMatchObject({ health: undefined });
  await supervisor.stop();
});

test.each([
  ['rejects', 'BROKE', broken],
  ['throws', 'UNEXPECTED', throws],
  ['answers false', 'UNEXPECTED', () => false],
  ['hangs', 'TIMEOUT', never],
])(
  'a child whose check %s three times in a row is restarted as unhealthy, and that counts: %s',
  async (...row) => {
    const [, code, answer] = row;
    const { supervisor, clock, state, of, now, log } = await ward();
    state.answer = answer;
    await clock.advance(2999);
    expect(now()?.restarts).toBe(0);
    await clock.advance(601);
    state.answer = () => true;
    expect(log).toEqual(['-a', '+a']);
    expect(supervisor.status()).toMatchObject({ restartsInWindow: 1, state: 'running' });
    const [exited] = of('exited');
    expect(exited?.data).toMatchObject({
      supervisor: 'top',
      child: 'a',
      reason: 'unhealthy',
      action: 'restart',
      restartsInWindow: 1,
    });
    expect(exited?.data.fault).toMatchObject({ code });
    expect(of('started').at(-1)?.data).toMatchObject({ reason: 'unhealthy', fault: exited?.data.fault });
    expect(now()?.health).toEqual({ state: 'unchecked' });
    await clock.advance(1000);
    expect(now()?.health).toEqual({ state: 'healthy' });
    await supervisor.stop();
  },
);

test('one success among failures begins the count anew; each failure and the recovery are reported', async () => {
  const { supervisor, clock, state, log, now } = await ward();
  const answers = [broken, broken, () => 1, broken, broken, () => 1];
  state.answer = () => answers.shift()?.();
  await clock.advance(2000);
  expect(now()?.health).toMatchObject({ state: 'failing', failures: 2, fault: { code: 'BROKE' } });
  const said = [];
  for (let second = 3; second <= 6; second++) {
    await clock.advance(1000);
    said.push(now()?.health?.state);
  }
  expect(said).toEqual(['healthy', 'failing', 'failing', 'healthy']);
  expect(log).toEqual([]);
  await supervisor.stop();
});

test('the first check waits as long as the others, and there is no check before the child is ready or while it restarts', async () => {
  const { supervisor, clock, state, a } = await ward({ everyMs: 5000, failures: 1 });
  state.answer = () => false;
  await clock.advance(4999);
  expect(state.checks).toBe(0);
  let ready = Promise.withResolvers<void>();
  a.state.ready = () => ready.promise;
  await clock.advance(1);
  expect(state.checks).toBe(1);
  await clock.advance(10_000);
  expect([state.checks, supervisor.status().children[0]?.state]).toEqual([1, 'starting']);
  state.answer = () => true;
  ready.resolve();
  await clock.advance(4999);
  expect(state.checks).toBe(1);
  await clock.advance(1);
  expect(state.checks).toBe(2);
  ready = Promise.withResolvers<void>();
  await supervisor.stop();
  await clock.advance(60_000);
  expect(state.checks).toBe(2);
  expect(clock.waitingTimers).toBe(0);
});

test('checks never overlap: one that hangs is waited for again, its signal aborted, and fails again', async () => {
  let aborted = 0;
  const { supervisor, clock, state, now } = await ward({ failures: 10 });
  state.answer = never;
  await clock.advance(6000);
  expect([state.checks, state.mostOpen]).toEqual([1, 1]);
  expect(now()?.health).toMatchObject({ state: 'failing', failures: 5 });
  await supervisor.stop();

  const polite = await ward({
    failures: 10,
    check: (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted++;
          reject(signal.reason);
        });
      }),
  });
  await polite.clock.advance(6000);
  expect(aborted).toBe(5);
  await polite.supervisor.stop();
});

test('a check that is under way when the child stops is aborted and says nothing more', async () => {
  const signals: AbortSignal[] = [];
  const { supervisor, clock, now } = await ward({
    check: (signal) => {
      signals.push(signal);
      return never();
    },
  });
  await clock.advance(1100);
  await supervisor.stop();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  await clock.advance(60_000);
  expect(now()?.health).toEqual({ state: 'unchecked' });
  expect(clock.waitingTimers).toBe(0);
});

test('a child that never gets well uses up the restarts, and its supervisor gives up', async () => {
  const { supervisor, clock, state } = await ward({ everyMs: 100, failures: 1 });
  state.answer = broken;
  await clock.advance(10_000);
  const exit = await supervisor.exited;
  expect(exit).toMatchObject({
    kind: 'failed',
    fault: {
      code: 'SUPERVISOR_GAVE_UP',
      message: `top/a was given up: ${limits.maxRestarts} restarts within 10000 ms`,
    },
  });
  expect(clock.waitingTimers).toBe(0);
});
