import { execFile } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { SimulatedClock } from './simulated-clock.ts';
import { systemClock } from './system-clock.ts';

describe.each([
  ['system clock', () => ({ clock: systemClock, pass: (ms: number) => systemClock.sleep(ms) })],
  [
    'simulated clock',
    () => {
      const clock = new SimulatedClock();
      return { clock, pass: (ms: number) => clock.advance(ms) };
    },
  ],
])('%s', (_name, create) => {
  test('listener leaks (cockatiel#69, #81): many sleeps on one signal leave neither listeners nor timers', async () => {
    const { clock, pass } = create();
    const controller = new AbortController();
    const { signal } = controller;
    const ended = Promise.all(Array.from({ length: 100 }, () => clock.sleep(1, { signal })));
    await pass(30);
    await ended;
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    const asleep = Promise.allSettled(Array.from({ length: 100 }, () => clock.sleep(1e9, { signal })));
    controller.abort(new Error('enough'));
    expect(new Set((await asleep).map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    if (clock instanceof SimulatedClock) expect(clock.waitingTimers).toBe(0);
  });
});

describe('system clock', () => {
  test('a timer that throws does not stop the others', async () => {
    const script = `
      import { systemClock } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
      process.on('uncaughtException', (error) => console.log('uncaught', error.message));
      systemClock.schedule(1, () => { throw new Error('mine'); });
      systemClock.schedule(2, () => console.log('other'));`;
    expect((await run(script)).trim().split('\n').sort()).toEqual(['other', 'uncaught mine']);
  });

  test('only timers that keep alive hold the process open', async () => {
    const script = `
      import { systemClock } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
      systemClock.schedule(60_000, () => console.log('never'), { keepAlive: false });
      systemClock.schedule(30_000, () => console.log('never')).cancel();
      systemClock.schedule(20, () => console.log('held'));
      systemClock.schedule(500, () => console.log('not held'), { keepAlive: false });
      systemClock.coarseMs();`;
    expect(await run(script)).toBe('held\n');
  });
});

async function run(script: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  return stdout;
}
