import { type Clock, SimulatedClock } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { pace } from './pace.ts';

/** Beats on simulated time for `durationMs`; the second beat blocks the loop for `blockedMs`. */
async function beatsAtMs(durationMs: number, blockedMs = 0): Promise<number[]> {
  const simulated = new SimulatedClock();
  let skippedMs = 0;
  const clock: Clock = {
    wallMs: () => simulated.wallMs() + skippedMs,
    monotonicMs: () => simulated.monotonicMs() + skippedMs,
    coarseMs: () => clock.monotonicMs(),
    lagMs: 0,
    sleep: (delayMs, options) => simulated.sleep(delayMs, options),
    schedule: (delayMs, callback) => simulated.schedule(delayMs, callback),
  };
  const controller = new AbortController();
  const atMs: number[] = [];
  const beat = () => {
    atMs.push(clock.monotonicMs());
    if (atMs.length === 2) skippedMs = blockedMs;
  };
  const pacing = pace(beat, 40, { clock, signal: controller.signal });
  await simulated.advance(durationMs);
  controller.abort();
  await pacing;
  expect(simulated.waitingTimers).toBe(0);
  return atMs;
}

test('beats do not drift, whatever the timers do', async () => {
  const atMs = await beatsAtMs(60_000);
  expect(atMs).toHaveLength(1501);
  expect(atMs.every((ms, i) => ms >= i * 40 && ms - i * 40 <= 1)).toBe(true);
});

test('beats that a blocked loop has missed are made up for', async () => {
  const atMs = await beatsAtMs(1000, 500);
  expect(atMs).toHaveLength(Math.floor(1500 / 40) + 1);
  expect(atMs.filter((ms) => ms >= 540 && ms <= 580).length).toBeGreaterThan(10);
});

test('after the machine has slept the beat goes on from then, without a burst', async () => {
  const atMs = await beatsAtMs(1000, 3_600_000);
  expect(atMs).toHaveLength(Math.floor(1000 / 40) + 1);
});
