import { getEventListeners } from 'node:events';
import { SimulatedClock, seededRandom } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { type KillAtRandomOptions, type KillTarget, killAtRandom } from './index.ts';

/** Takes a while to be killed and to come up. Says what was done to it. */
function target(clock: SimulatedClock): KillTarget & { readonly log: string[] } {
  const log: string[] = [];
  return {
    name: 'target',
    log,
    kill: async () => {
      log.push(`killed ${clock.monotonicMs().toFixed(0)}`);
      await clock.sleep(5);
    },
    start: async () => {
      await clock.sleep(20);
      log.push(`up ${clock.monotonicMs().toFixed(0)}`);
    },
  };
}

const anyOptions = (clock: SimulatedClock): KillAtRandomOptions => ({
  random: seededRandom(1),
  clock,
  writesInFlight: () => 3,
});

test('kills and starts again as often as it was asked, at the same times for the same seed', async () => {
  const runs = await Promise.all(
    [1, 2].map(async () => {
      const clock = new SimulatedClock();
      const victim = target(clock);
      const kills = await clock.run(killAtRandom(victim, { ...anyOptions(clock), kills: 5 }));
      return { kills, log: victim.log };
    }),
  );
  const [{ kills, log } = { kills: [], log: [] }] = runs;
  expect(kills).toHaveLength(5);
  expect(log).toHaveLength(10);
  expect(runs[1]).toEqual(runs[0]);
  for (const { downMs, writesInFlight } of kills) {
    expect(downMs).toBeGreaterThanOrEqual(25);
    expect(downMs).toBeLessThanOrEqual(125);
    expect(writesInFlight).toBe(3);
  }
  const pausesMs = kills.map(
    ({ atMs }, at) => atMs - (at === 0 ? 0 : (kills[at - 1]?.atMs ?? 0) + (kills[at - 1]?.downMs ?? 0)),
  );
  for (const ms of pausesMs) expect(ms).toBeGreaterThanOrEqual(50);
  for (const ms of pausesMs) expect(ms).toBeLessThanOrEqual(500);
  expect(new Set(pausesMs).size).toBe(5);
});

test('only kills while writes are in flight count, and all are told', async () => {
  const clock = new SimulatedClock();
  const told: number[] = [];
  const kills = await clock.run(
    killAtRandom(target(clock), {
      ...anyOptions(clock),
      writesInFlight: () => told.length % 2,
      kills: 3,
      onKill: ({ writesInFlight }) => told.push(writesInFlight),
    }),
  );
  expect(kills.map(({ writesInFlight }) => writesInFlight)).toEqual([0, 1, 0, 1, 0, 1]);
  expect(told).toEqual([0, 1, 0, 1, 0, 1]);
});

test.each([10, 130, 200, 400, 1000])(
  'an abort after %d ms is no failure, and leaves the target up and nobody listening',
  async (atMs) => {
    const clock = new SimulatedClock();
    const victim = target(clock);
    const controller = new AbortController();
    const { signal } = controller;
    clock.schedule(atMs, () => controller.abort());
    const kills = await clock.run(killAtRandom(victim, { ...anyOptions(clock), signal }));
    expect(victim.log).toHaveLength(2 * kills.length);
    expect(clock.monotonicMs()).toBeLessThanOrEqual(atMs + 25);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(await killAtRandom(victim, { ...anyOptions(clock), signal })).toEqual([]);
  },
);

test('it ends when the target is done', async () => {
  const clock = new SimulatedClock();
  const done = clock.sleep(2000);
  const kills = await clock.run(killAtRandom({ ...target(clock), done }, anyOptions(clock)));
  expect(kills.length).toBeGreaterThan(3);
  expect(clock.monotonicMs()).toBeLessThan(2100);
});

test('a target that does not come up again is told', async () => {
  const clock = new SimulatedClock();
  const failing = { ...target(clock), start: () => Promise.reject(new Error('no licence')) };
  await expect(clock.run(killAtRandom(failing, anyOptions(clock)))).rejects.toThrow('no licence');
  expect(clock.waitingTimers).toBe(0);
});

test('spans that cannot be are refused', async () => {
  const clock = new SimulatedClock();
  const up = { leastMs: 10, mostMs: 5 };
  await expect(killAtRandom(target(clock), { ...anyOptions(clock), up })).rejects.toThrow(
    'up.mostMs of the kills at random',
  );
});
