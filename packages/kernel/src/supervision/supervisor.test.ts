import { expect, test } from 'vitest';
import { Signals } from '../signals/index.ts';
import { SimulatedClock } from '../time/index.ts';
import type { ChildSpec, RestartType, Supervisor } from './child.ts';
import type { HealthCheck } from './health-watch.ts';
import { faults, house, limits, type Puppet, puppet } from './house.fixture.ts';
import { supervisionFaults } from './supervision-faults.ts';
import { createSupervisor } from './supervisor.ts';
import { supervisorChild } from './supervisor-child.ts';
import { task } from './task.ts';

const withRestart = (restart: RestartType, names = ['a', 'b', 'c']) => {
  const log: string[] = [];
  return names.map((name) => puppet(name, log, { restart }));
};

test('children start in order and stop in reverse order', async () => {
  const { supervisor, take } = house();
  await supervisor.start();
  expect(take()).toBe('+a +b +c');
  expect(supervisor.status().state).toBe('running');
  await supervisor.stop();
  expect(take()).toBe('-c -b -a');
  expect(await supervisor.exited).toEqual({ kind: 'finished' });
  expect(supervisor.status().state).toBe('exited');
});

test('a child starts only when the one before is ready', async () => {
  const { supervisor, child, take, clock } = house();
  const ready = Promise.withResolvers<void>();
  child('b').state.ready = () => ready.promise;
  const started = supervisor.start();
  await clock.advance(1000);
  expect(take()).toBe('+a +b');
  expect(supervisor.status().children.map(({ state }) => state)).toEqual(['running', 'starting', 'waiting']);
  ready.resolve();
  await started;
  expect(take()).toBe('+c');
  expect(clock.waitingTimers).toBe(0);
  await supervisor.stop();
});

test.each([
  ['one_for_one', '-b +b'],
  ['one_for_all', '-b -c -a +a +b +c'],
  ['rest_for_one', '-b -c +b +c'],
] as const)('%s restarts: %s', async (strategy, expected) => {
  const { supervisor, child, take, clock } = house({ strategy });
  await supervisor.start();
  take();
  child('b').fail();
  await clock.advance(0);
  expect(take()).toBe(expected);
  expect(supervisor.status().children.map(({ state }) => state)).toEqual(['running', 'running', 'running']);
  await supervisor.stop();
  expect(take()).toBe('-c -b -a');
});

test('the first restart is at once, the next wait twice as long each, and a stable run forgives', async () => {
  const { supervisor, child, clock, reports } = house({ names: ['a'] });
  await supervisor.start();
  const downs: unknown[] = [];
  for (let restart = 0; restart < 3; restart++) {
    child('a').fail();
    await clock.advance(0);
    await clock.advance(400);
    downs.push(reports.at(-1)?.data.downMs);
  }
  expect(downs).toEqual([0, 100, 200]);
  await clock.advance(limits.withinMs);
  child('a').fail();
  await clock.advance(0);
  expect(reports.at(-1)).toMatchObject({
    type: 'supervisor.child.started',
    data: { supervisor: 'top', child: 'a', restarts: 4, restartsInWindow: 1, downMs: 0 },
  });
  await supervisor.stop();
});

test('a child that ran for the stable time starts over at once; one that ran a little less does not', async () => {
  for (const [ranMs, downMs] of [
    [limits.maxBackoffMs, 0],
    [limits.maxBackoffMs - 1, 100],
  ] as const) {
    const { supervisor, child, clock, reports } = house({ names: ['a'] });
    await supervisor.start();
    child('a').fail();
    await clock.advance(ranMs);
    child('a').fail();
    await clock.advance(200);
    expect(reports.at(-1)?.data.downMs).toBe(downMs);
    await supervisor.stop();
  }
});

test('a restart exactly one window old no longer counts', async () => {
  for (const [agoMs, counted] of [
    [limits.withinMs, 1],
    [limits.withinMs - 1, 2],
  ] as const) {
    const { supervisor, child, clock } = house({ names: ['a'] });
    await supervisor.start();
    child('a').fail();
    await clock.advance(agoMs);
    child('a').fail();
    await clock.advance(0);
    expect(supervisor.status().restartsInWindow).toBe(counted);
    await supervisor.stop();
  }
});

test('one restart too many gives up: all children stop, exited says which child and why', async () => {
  const { supervisor, child, clock, take, reports } = house();
  await supervisor.start();
  for (let crash = 0; crash < 4; crash++) {
    take();
    child('b').fail();
    await clock.advance(1000);
  }
  expect(take()).toBe('-b -c -a');
  const reason = await supervisor.exited;
  if (reason.kind !== 'failed') throw new Error('it should have failed');
  expect(supervisionFaults.SUPERVISOR_GAVE_UP.matches(reason.fault)).toBe(true);
  expect(reason.fault.message).toBe('top/b was given up: 3 restarts within 10000 ms');
  expect(faults.BROKE.matches(reason.fault.cause)).toBe(true);
  expect(reports.filter(({ data }) => data.action === 'give-up')).toHaveLength(1);
  expect(clock.waitingTimers).toBe(0);
});

test('a stop that comes while it gives up does not hide why', async () => {
  const { supervisor, child, clock } = house({ limits: { ...limits, maxRestarts: 0 } });
  await supervisor.start();
  child('a').state.obeys = false;
  child('b').fail();
  await clock.advance(10);
  await clock.run(supervisor.stop());
  expect(await supervisor.exited).toMatchObject({ kind: 'failed', fault: { code: 'SUPERVISOR_GAVE_UP' } });
});

test('restarts outside the window do not count', async () => {
  const { supervisor, child, clock } = house({ names: ['a'] });
  await supervisor.start();
  for (let crash = 0; crash < 20; crash++) {
    child('a').fail();
    await clock.advance(limits.withinMs / limits.maxRestarts + 1);
  }
  expect(supervisor.status().state).toBe('running');
  expect(supervisor.status().children[0]?.restarts).toBe(20);
  await supervisor.stop();
});

test.each([
  ['permanent', 'finished', 1, 'running'],
  ['permanent', 'failed', 1, 'running'],
  ['transient', 'finished', 0, 'ended'],
  ['transient', 'failed', 1, 'running'],
  ['temporary', 'finished', 0, 'ended'],
  ['temporary', 'failed', 0, 'ended'],
] as const)('a %s child that %s restarts %i times', async (restart, kind, restarts, state) => {
  const [only] = withRestart(restart, ['only']) as [Puppet];
  const { supervisor, clock } = house({ children: [only.spec] });
  await supervisor.start();
  if (kind === 'finished') only.end({ kind });
  else only.fail();
  await clock.advance(0);
  expect(supervisor.status().children[0]).toMatchObject({ restarts, state });
  await supervisor.stop();
  expect(only.up).toBe(0);
});

test('a group restart leaves temporary siblings stopped and brings finished transient ones back', async () => {
  const log: string[] = [];
  const temporary = puppet('t', log, { restart: 'temporary' });
  const once = puppet('m', log, { restart: 'transient' });
  const worker = puppet('w', log);
  const children = [temporary.spec, once.spec, worker.spec];
  const { supervisor, clock } = house({ strategy: 'one_for_all', children });
  await supervisor.start();
  once.end({ kind: 'finished' });
  await clock.advance(0);
  log.length = 0;
  worker.fail();
  await clock.advance(0);
  expect(log.join(' ')).toBe('-w -t +m +w');
  await supervisor.stop();
});

test('a child that fails its first start ends the supervisor: those before are stopped, start rejects', async () => {
  const { supervisor, child, take, clock } = house();
  child('c').state.startError = new Error('no such device');
  const outcome = supervisor.start().catch((error: unknown) => error);
  await clock.advance(0);
  const error = await outcome;
  expect(supervisionFaults.CHILD_START_FAILED.matches(error)).toBe(true);
  expect(String(error)).toBe('Fault: top/c did not start: Error: no such device');
  expect(take()).toBe('+a +b !c -b -a');
  expect(await supervisor.exited).toMatchObject({ kind: 'failed', fault: error });
});

test('a child that is not ready in time has failed to start and is stopped', async () => {
  const { supervisor, child, clock, take } = house();
  child('b').state.ready = () => Promise.withResolvers<void>().promise;
  const outcome = supervisor.start().catch(String);
  await clock.advance(30_000);
  expect(await outcome).toBe('Fault: top/b did not start: it was not ready within 30000 ms');
  expect(take()).toBe('+a +b -b -a');
});

test('a child that ends before it is ready has failed to start', async () => {
  const { supervisor, child, clock } = house({ names: ['a'] });
  child('a').state.ready = () => Promise.withResolvers<void>().promise;
  const outcome = supervisor.start().catch(String);
  await clock.advance(1);
  child('a').fail();
  expect(await outcome).toBe('Fault: top/a did not start: a broke');
  expect(clock.waitingTimers).toBe(0);
});

test('a restart that fails is tried again, as one more restart', async () => {
  const { supervisor, child, clock, take } = house();
  await supervisor.start();
  take();
  child('b').state.startError = new Error('port taken');
  child('b').fail();
  await clock.advance(0);
  child('b').state.startError = undefined;
  expect(take()).toBe('-b !b');
  await clock.advance(100);
  expect(take()).toBe('+b');
  expect(supervisor.status()).toMatchObject({ state: 'running', restartsInWindow: 2 });
  await supervisor.stop();
});

test('a failed start within a group restart stops the group again', async () => {
  const { supervisor, child, clock, take } = house({ strategy: 'one_for_all' });
  await supervisor.start();
  take();
  child('b').state.startError = new Error('port taken');
  child('a').fail();
  await clock.advance(0);
  expect(take()).toBe('-a -c -b +a !b -a +a !b -a'); // The first restart of b is at once, too.
  child('b').state.startError = undefined;
  await clock.advance(100);
  expect(take()).toBe('+a +b +c');
  await supervisor.stop();
});

test('a sibling that dies while the group stops is replaced with it, and does not count twice', async () => {
  const { supervisor, child, clock, take } = house({ strategy: 'rest_for_one' });
  await supervisor.start();
  take();
  child('c').state.obeys = false;
  child('a').fail();
  await clock.advance(10);
  expect(take()).toBe('-a');
  child('b').fail();
  await clock.advance(10);
  child('c').fail();
  child('c').state.obeys = true;
  await clock.advance(0);
  expect(take()).toBe('-b -c +a +b +c');
  expect(supervisor.status().restartsInWindow).toBe(1);
  await supervisor.stop();
});

test('under one_for_one a child that waits for its backoff does not keep the others waiting', async () => {
  const { supervisor, child, clock, take } = house();
  await supervisor.start();
  child('a').fail();
  await clock.advance(0);
  child('a').fail();
  await clock.advance(0);
  take();
  child('b').fail();
  await clock.advance(0);
  expect(take()).toBe('-b +b');
  await clock.advance(100);
  expect(take()).toBe('+a');
  await supervisor.stop();
});

test('a child that ignores its signal is stopped by its escalation, each step with its own grace time', async () => {
  const { supervisor, child, clock } = house({ names: ['a'] });
  const steps: string[] = [];
  const { state } = child('a');
  state.obeys = false;
  const note = (name: string) => () => void steps.push(`${name} at ${clock.monotonicMs()}`);
  state.escalation = [
    { name: 'SIGTERM', graceMs: 2000, apply: note('SIGTERM') },
    {
      name: 'SIGKILL',
      graceMs: 1000,
      apply() {
        note('SIGKILL')();
        child('a').fail();
      },
    },
  ];
  await supervisor.start();
  await clock.run(supervisor.stop());
  expect(steps).toEqual(['SIGTERM at 5000', 'SIGKILL at 7000']);
  expect(clock.monotonicMs()).toBe(7000);
  expect(clock.waitingTimers).toBe(0);
});

test('a child that nothing stops is abandoned and reported; the stop ends all the same', async () => {
  const { supervisor, child, clock, reports } = house({ names: ['a', 'b'] });
  child('b').state.obeys = false;
  child('b').state.escalation = [
    {
      name: 'SIGKILL',
      graceMs: 500,
      apply() {
        throw new Error('not permitted');
      },
    },
  ];
  await supervisor.start();
  await clock.run(supervisor.stop());
  expect(clock.monotonicMs()).toBe(5500);
  const abandoned = reports.flatMap(({ data }) => data.abandoned ?? []);
  expect(abandoned).toMatchObject([
    {
      message: 'top/b did not stop and may still run; tried: abort,SIGKILL',
      cause: { message: 'not permitted' },
    },
  ]);
  expect(child('a').up).toBe(0);
});

test('stop during the start stops those that are up, and start rejects as cancelled', async () => {
  const { supervisor, child, clock, take } = house();
  child('b').state.ready = () => Promise.withResolvers<void>().promise;
  const outcome = supervisor.start().catch((error: { code: string }) => error.code);
  await clock.advance(10);
  await supervisor.stop();
  expect(await outcome).toBe('CANCELLED');
  expect(take()).toBe('+a +b -b -a');
  expect(clock.waitingTimers).toBe(0);
});

test('stop during a backoff leaves no timer and no child', async () => {
  const { supervisor, child, clock, take } = house({ names: ['a'] });
  await supervisor.start();
  child('a').fail();
  await clock.advance(0);
  child('a').fail();
  await clock.advance(10);
  await supervisor.stop();
  expect(clock.waitingTimers).toBe(0);
  await clock.advance(10_000);
  expect(take()).toBe('+a -a +a -a');
});

test('stop before the start, twice, and from within a child are all safe', async () => {
  const never = house();
  await never.supervisor.stop();
  await expect(never.supervisor.start()).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(never.log).toEqual([]);

  const clock = new SimulatedClock();
  const suicidal: Supervisor = createSupervisor({
    id: 'top',
    clock,
    children: [
      task('a', async () => {
        await Promise.all([suicidal.stop(), suicidal.stop()]);
      }),
    ],
  });
  suicidal.start().catch(() => undefined);
  await clock.advance(5000);
  expect(suicidal.status().state).toBe('exited');
});

test('with Infinity restarts it never gives up', async () => {
  const { supervisor, child, clock } = house({ names: ['a'], limits: { ...limits, maxRestarts: Infinity } });
  await supervisor.start();
  for (let restarts = 1; restarts <= 50; restarts++) {
    child('a').fail();
    await clock.advance(limits.maxBackoffMs);
    expect(supervisor.status()).toMatchObject({
      state: 'running',
      children: [{ state: 'running', restarts }],
    });
  }
  await supervisor.stop();
});

test('restart ends a child as if it had failed, and counts', async () => {
  const { supervisor, child, clock, take, reports } = house();
  await supervisor.start();
  take();
  expect(supervisor.restart('b', faults.BROKE({ what: 'the heartbeat of b' }))).toBe(true);
  await clock.advance(0);
  expect(take()).toBe('-b +b');
  expect(supervisor.restart('nobody')).toBe(false);
  expect(supervisor.status()).toMatchObject({ restartsInWindow: 1 });
  const exited = reports.find(({ type }) => type === 'supervisor.child.exited');
  expect(exited?.data).toMatchObject({ reason: 'requested', fault: { message: 'the heartbeat of b broke' } });
  child('b').fail();
  await clock.advance(100);
  expect(take()).toBe('-b +b');
  await supervisor.stop();
});

test('a supervisor below that gives up is restarted as a whole by the one above, which gives up in its turn', async () => {
  const log: string[] = [];
  const inner = puppet('engine', log);
  const other = puppet('web', log);
  const { supervisor, clock } = house({
    children: [
      supervisorChild({ id: 'auralis', children: [inner.spec], limits: { ...limits, maxRestarts: 1 } }),
      other.spec,
    ],
  });
  await supervisor.start();
  expect(supervisor.status().children[0]?.supervisor).toMatchObject({ id: 'top/auralis', state: 'running' });
  for (let crash = 0; crash < 8; crash++) {
    inner.fail();
    await clock.advance(1000);
  }
  const reason = await supervisor.exited;
  if (reason.kind !== 'failed') throw new Error('it should have failed');
  expect(reason.fault.context).toMatchObject({ supervisor: 'top', child: 'auralis' });
  expect(reason.fault.cause).toMatchObject({ context: { supervisor: 'top/auralis', child: 'engine' } });
  expect(log.filter((entry) => entry === '+engine')).toHaveLength(8);
  expect(log.slice(-2)).toEqual(['-engine', '-web']);
  expect(clock.waitingTimers).toBe(0);
});

test('a supervisor below starts and stops in its place among its siblings; restart reaches into it', async () => {
  const log: string[] = [];
  const [a, b, c] = ['a', 'b', 'c'].map((name) => puppet(name, log)) as [Puppet, Puppet, Puppet];
  const { supervisor, clock } = house({
    children: [a.spec, supervisorChild({ id: 'middle', children: [b.spec], limits }), c.spec],
  });
  await supervisor.start();
  expect(supervisor.restart('b')).toBe(true);
  await clock.advance(0);
  await supervisor.stop();
  expect(log.join(' ')).toBe('+a +b +c -b +b -c -b -a');
});

test('a failed start below is a failed start above', async () => {
  const log: string[] = [];
  const broken = puppet('engine', log);
  broken.state.startError = new Error('no GPU');
  const { supervisor } = house({ children: [supervisorChild({ id: 'auralis', children: [broken.spec] })] });
  await expect(supervisor.start()).rejects.toThrow(
    'top/auralis did not start: top/auralis/engine did not start: Error: no GPU',
  );
});

test('a task that throws on its abort has finished; a later error of it is kept as the reason', async () => {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const exits: unknown[] = [];
  signals.onAny(({ type, data }) => {
    if (type === 'supervisor.child.exited') exits.push(data);
  });
  const sleeper = task('sleeper', (signal, context) => context.clock.sleep(60_000, { signal }));
  const messy = task('messy', async (signal, context) => {
    await context.clock.sleep(60_000, { signal }).catch(() => undefined);
    throw new Error('disk full while saving');
  });
  const supervisor = createSupervisor({ id: 'top', clock, signals, children: [sleeper, messy] });
  await supervisor.start();
  await supervisor.stop();
  expect(exits).toMatchObject([
    {
      child: 'messy',
      reason: 'failed',
      action: 'leave',
      why: 'stopping',
      fault: { message: 'Error: disk full while saving' },
    },
    { child: 'sleeper', reason: 'finished', action: 'leave', why: 'stopping' },
  ]);
});

const child = (more: Partial<ChildSpec>) => ({ children: [puppet('a', [], more).spec] });
const health = (more: Partial<HealthCheck>) => child({ health: { check: () => true, ...more } });

test.each([
  [{ id: 'a/b' }, 'id of a supervisor', 'a/b'],
  [{ strategy: 'all' as 'one_for_one' }, 'strategy of top', 'all'],
  [{ limits: { maxRestarts: Number.NaN } }, 'maxRestarts of top', 'NaN'],
  [{ limits: { maxRestarts: -1 } }, 'maxRestarts of top', '-1'],
  [{ limits: { withinMs: 0 } }, 'withinMs of top', '0'],
  [{ limits: { backoffMs: Number.NaN } }, 'backoffMs of top', 'NaN'],
  [{ limits: { backoffMs: 0 } }, 'backoffMs of top', '0'],
  [{ limits: { maxBackoffMs: 0 } }, 'maxBackoffMs of top', '0'],
  [{ limits: { maxBackoffMs: Infinity } }, 'maxBackoffMs of top', 'Infinity'],
  [{ names: ['a', 'a'] }, 'children of top', 'a,a'],
  [{ names: ['a b'] }, 'id of a child', 'a b'],
  [child({ restart: 'always' as 'permanent' }), 'restart of a', 'always'],
  [child({ startMs: -1 }), 'startMs of a', '-1'],
  [child({ shutdownMs: Number.NaN }), 'shutdownMs of a', 'NaN'],
  [health({ everyMs: 0 }), 'everyMs of a', '0'],
  [health({ timeoutMs: 0 }), 'timeoutMs of a', '0'],
  [health({ failures: 1.5 }), 'failures of a', '1.5'],
])('refuses %j', (options, what, got) => {
  const make = () => house(options);
  expect(make).toThrow(RangeError);
  expect(make).toThrow(what);
  expect(make).toThrow(/ must .+; got /);
  expect(make).toThrow(`got ${got}`);
});
