import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { pipeline, qualityLadder, SimulatedClock, shed, shedFaults } from '../index.ts';
import { eventLoopDelay } from './index.ts';

/** Keeps the event loop busy. */
function block(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

test('a reading is the longest delay of late, not the mean, and is forgotten after three windows', async () => {
  using delay = eventLoopDelay({ windowMs: 400 });
  await sleep(100);
  block(250);
  await sleep(50);
  expect(delay()).toBeGreaterThan(200);
  expect(delay()).toBeLessThan(1000);
  await sleep(300);
  expect(delay()).toBeGreaterThan(200);
  await sleep(1500);
  expect(delay()).toBeLessThan(200);
});

test.each([0, 5, 15, 40])(
  'no delay is lost when a window ends, wherever it begins: one before the host looks, %i ms after another',
  async (beginsMs) => {
    let endWindow: () => void = () => undefined;
    const clock = Object.assign(new SimulatedClock(), {
      schedule(_: number, callback: () => void) {
        endWindow = callback;
        return { cancel: () => undefined };
      },
    });
    using delay = eventLoopDelay({ windowMs: 30, clock });
    await sleep(50);
    endWindow();
    if (beginsMs) await sleep(beginsMs);
    block(100);
    endWindow();
    await sleep(30);
    expect(delay()).toBeGreaterThan(60);
    await sleep(30);
    endWindow();
    expect(delay()).toBeGreaterThan(60);
  },
);

test('new sessions are shed while the event loop is blocked, and running ones are not', async () => {
  using delay = eventLoopDelay({ windowMs: 300 });
  const inputs = { delay: [{ down: 150, up: 75 }] };
  const ladder = qualityLadder({ name: 'gateway', levels: ['all', 'running'], inputs });
  const policies = pipeline(
    shed({ name: 'gateway', delay, ladder, sampleMs: 1, belowPriority: { running: 1 } }),
  );
  await sleep(50);
  block(300);
  await sleep(20);
  await expect(policies.run(() => 'new')).rejects.toSatisfy((error) => shedFaults.SHED.matches(error));
  expect(await policies.run(() => 'running', { priority: 1 })).toBe('running');
});

test('windows out of range are refused', () => {
  expect(() => eventLoopDelay({ windowMs: 0 })).toThrow(/^windowMs of eventLoopDelay must be .+; got 0$/);
  expect(() => eventLoopDelay({ resolutionMs: 0 })).toThrow(/^resolutionMs of .+ must be .+; got 0$/);
});
