// What other supervisors and services were caught by, each named after where it was seen.
import { expect, test } from 'vitest';
import { defineFaults, fault, severity } from '../faults/index.ts';
import { Signals } from '../signals/index.ts';
import { SimulatedClock } from '../time/index.ts';
import { faults, house, limits, puppet } from './house.fixture.ts';
import type { Strategy } from './strategy.ts';
import { createSupervisor } from './supervisor.ts';
import { supervisorChild } from './supervisor-child.ts';
import { task } from './task.ts';

const critical = defineFaults('test', {
  GPU_CRASHED: fault({
    category: 'synthesis',
    severity: severity.CRITICAL,
    recovery: 'restart',
    message: 'the GPU is gone',
  }),
});

test('a CRITICAL fault restarts the component, escalating supervisor by supervisor; only the top one gives up for good', async () => {
  const log: string[] = [];
  const engine = puppet('engine', log);
  const web = puppet('web', log);
  const once = { ...limits, maxRestarts: 1 };
  const auralis = supervisorChild({ id: 'auralis', children: [engine.spec], limits: once });
  const systems = supervisorChild({ id: 'systems', children: [auralis, web.spec], limits: once });
  const { supervisor, clock, reports } = house({ children: [systems], limits: once });
  await supervisor.start();
  const gaveUp = () =>
    reports.filter(({ data }) => data.action === 'give-up').map(({ data }) => data.supervisor);
  const strike = async () => {
    expect(supervisor.restart('engine', critical.GPU_CRASHED({}))).toBe(true);
    await clock.advance(1000);
  };
  await strike();
  expect(gaveUp()).toEqual([]); // The component alone.
  await strike();
  expect(gaveUp()).toEqual(['top/systems/auralis']);
  expect(log.filter((entry) => entry === '+web')).toHaveLength(1); // Its neighbours do not notice.
  await strike();
  await strike();
  expect(gaveUp().slice(1)).toEqual(['top/systems/auralis', 'top/systems']);
  expect(supervisor.status().state).toBe('running');
  for (let more = 0; more < 4; more++) await strike();
  expect(gaveUp().at(-1)).toBe('top');
  const exit = await supervisor.exited;
  const causes: string[] = [];
  for (
    let error: unknown = exit.kind === 'failed' && exit.fault;
    error instanceof Error;
    error = error.cause
  ) {
    causes.push((error as Error & { code: string }).code);
  }
  expect(causes).toEqual(['SUPERVISOR_GAVE_UP', 'SUPERVISOR_GAVE_UP', 'SUPERVISOR_GAVE_UP', 'GPU_CRASHED']);
});

test('agents-js#2494: quiet restarts every three minutes never spend what is kept for trouble', async () => {
  const { supervisor, child, clock } = house({ names: ['a'], limits: { maxRestarts: 3, withinMs: 60_000 } });
  await supervisor.start();
  for (let minute = 0; minute < 600; minute += 3) {
    child('a').end({ kind: 'finished' });
    await clock.advance(180_000);
  }
  expect(supervisor.status()).toMatchObject({ state: 'running', restartsInWindow: 0 });
  await supervisor.stop();
});

test("agents-js#2399: one child's unrecoverable error does not end the session of the others", async () => {
  const log: string[] = [];
  const provider = puppet('provider', log, { restart: 'temporary' });
  const fallback = puppet('fallback', log);
  const { supervisor, clock } = house({ children: [provider.spec, fallback.spec] });
  await supervisor.start();
  provider.fail();
  await clock.advance(60_000);
  expect(log).toEqual(['+provider', '+fallback', '-provider']);
  expect(supervisor.status().state).toBe('running');
  await supervisor.stop();
});

test('pipecat#3711: a child that starts well and ends at once is not put up with for ever', async () => {
  const clock = new SimulatedClock();
  let accepted = 0;
  const acceptAndClose = task('socket', async () => {
    accepted++;
  });
  const supervisor = createSupervisor({ id: 'top', clock, children: [acceptAndClose], limits });
  await clock.run(supervisor.start());
  expect(await clock.run(supervisor.exited)).toMatchObject({
    kind: 'failed',
    fault: { code: 'SUPERVISOR_GAVE_UP' },
  });
  expect(accepted).toBe(1 + limits.maxRestarts);
});

test('linux-voice-assistant#355: a child that went deaf without a word is reported and restarted', async () => {
  let heardAtMs = 0;
  const log: string[] = [];
  const clock = new SimulatedClock();
  const microphone = puppet('microphone', log, {
    health: { everyMs: 500, failures: 2, check: () => clock.monotonicMs() - heardAtMs < 400 },
  });
  const said: string[] = [];
  const signals = new Signals({ clock });
  signals.onAny(({ type }) => said.push(type.replace('supervisor.child.', '')));
  const supervisor = createSupervisor({ id: 'top', clock, signals, children: [microphone.spec], limits });
  await supervisor.start();
  heardAtMs = clock.monotonicMs();
  await clock.advance(1000);
  expect(said).toEqual(['started', 'exited', 'started']);
  heardAtMs = clock.monotonicMs() + 60_000;
  await supervisor.stop();
});

test('Satellite1-ESPHome#540: a child killed in the middle of its work works again without a reboot', async () => {
  const { supervisor, child, clock, take } = house({
    names: ['wake-word', 'client'],
    strategy: 'rest_for_one',
  });
  await supervisor.start();
  take();
  child('client').end({ kind: 'failed', fault: faults.BROKE({ what: 'the client' }) });
  await clock.advance(0);
  expect(take()).toBe('-client +client');
  expect(child('wake-word').up).toBe(1);
  await supervisor.stop();
});

test.each<Strategy>(['one_for_one', 'one_for_all', 'rest_for_one', 'simple_one_for_one'])(
  'OTP: under %s the restarts of all children count together against the intensity',
  async (strategy) => {
    const { supervisor, child, clock } = house({ strategy });
    await supervisor.start();
    for (const name of ['a', 'b', 'c', 'a']) {
      child(name).fail();
      await clock.advance(500);
    }
    expect(await supervisor.exited).toMatchObject({
      kind: 'failed',
      fault: { context: { child: 'a', problem: '3 restarts within 10000 ms' } },
    });
  },
);

test('cockatiel#69: a thousand restarts leave no listener and no timer behind', async () => {
  const { supervisor, child, clock } = house({
    names: ['a'],
    limits: { maxRestarts: 100, withinMs: 10_000 },
  });
  await supervisor.start();
  for (let crash = 0; crash < 1000; crash++) {
    child('a').fail();
    await clock.advance(6000);
  }
  expect(supervisor.status().children[0]?.restarts).toBe(1000);
  expect(clock.waitingTimers).toBe(0);
  await supervisor.stop();
});

test('every report says supervisor, child, reason, restarts and those in the window; what failed says its fault', async () => {
  const engine = puppet('engine', []);
  const auralis = supervisorChild({
    id: 'auralis',
    children: [engine.spec],
    limits: { ...limits, maxRestarts: 2 },
  });
  const { supervisor, clock, signals } = house({ children: [auralis] });
  const heard: string[] = [];
  signals.onAny(({ type, source, data }) => {
    const about = data as Record<string, unknown>;
    expect(about.supervisor).toBe(source);
    const { child, reason, restarts, restartsInWindow, fault } = about;
    const said = (fault as { code: string } | undefined)?.code;
    heard.push([source, child, type.slice(11), reason, restarts, restartsInWindow, said].join(' '));
  });
  await supervisor.start();
  engine.fail();
  await clock.advance(0);
  supervisor.restart('engine');
  await clock.advance(100);
  supervisor.restart('engine');
  await clock.advance(0);
  await supervisor.stop();
  expect(heard).toEqual([
    'top/auralis engine child.started  0 0 ',
    'top auralis child.started  0 0 ',
    'top/auralis engine child.exited failed 0 1 BROKE',
    'top/auralis engine child.started failed 1 1 BROKE',
    'top/auralis engine child.exited requested 1 2 UNEXPECTED',
    'top/auralis engine child.started requested 2 2 UNEXPECTED',
    'top/auralis engine child.exited requested 2 2 UNEXPECTED',
    'top auralis child.exited failed 0 1 SUPERVISOR_GAVE_UP',
    'top/auralis engine child.started  0 0 ',
    'top auralis child.started failed 1 1 SUPERVISOR_GAVE_UP',
    'top/auralis engine child.exited finished 0 0 ',
    'top auralis child.exited finished 1 1 ',
  ]);
});
