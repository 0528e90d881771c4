import { expect, test } from 'vitest';
import { SimulatedClock, seededRandom, systemClock } from '../time/index.ts';
import type { Supervisor } from './child.ts';
import { limits } from './house.fixture.ts';
import { createSupervisor } from './supervisor.ts';
import { task } from './task.ts';

const ids = (supervisor: Supervisor) => supervisor.status().children.map(({ id }) => id);

test.each(['one_for_one', 'simple_one_for_one'] as const)(
  '10,000 are added, crash, are removed and stop under %s: each costs the same however many there are',
  async (strategy) => {
    const clock = new SimulatedClock();
    const children = 10_000;
    const supervisor = createSupervisor({
      id: 'sessions',
      strategy,
      clock,
      random: seededRandom(1),
      children: [],
      limits: { ...limits, maxRestarts: 100 },
    });
    await supervisor.start();
    let up = 0;
    const crash: (() => void)[] = [];
    const session = (id: string) =>
      task(id, async (signal) => {
        up++;
        await new Promise<void>((resolve, reject) => {
          signal.addEventListener('abort', () => resolve());
          crash.push(() => reject(new Error('crashed')));
        });
        up--;
      });
    /** The best of batches of a hundred: a pause of the machine or of its garbage collector is not their cost. */
    const perChildUs = async (count: number, work: (id: string) => Promise<unknown>, from = 0) => {
      let bestUs = Number.POSITIVE_INFINITY;
      for (let batch = from; batch < from + count; batch += 100) {
        const beganMs = systemClock.monotonicMs();
        for (let i = batch; i < batch + 100; i++) await work(`s${i}`);
        bestUs = Math.min(bestUs, (systemClock.monotonicMs() - beganMs) * 10);
      }
      return bestUs;
    };
    const add = (id: string) => supervisor.add(session(id));
    await perChildUs(500, add); // Warm.
    const fewUs = await perChildUs(500, add, 500);
    await perChildUs(children - 1500, add, 1000);
    const manyUs = await perChildUs(500, add, children - 500);
    expect([up, ids(supervisor).length]).toEqual([children, children]);
    for (let i = 0; i < 50; i++) crash[i * 100]?.();
    up -= 50;
    await clock.advance(0);
    expect(up).toBe(children);
    expect(supervisor.status().restartsInWindow).toBe(50);
    const removeUs = await perChildUs(5000, (id) => supervisor.remove(id));
    expect([up, ids(supervisor).length]).toEqual([5000, 5000]);
    const stopBeganMs = systemClock.monotonicMs();
    await supervisor.stop();
    const stopUs = ((systemClock.monotonicMs() - stopBeganMs) * 1000) / 5000;
    expect(up).toBe(0);
    expect(clock.waitingTimers).toBe(0);
    const figures = { fewUs, manyUs, removeUs, stopUs };
    console.log(
      strategy,
      JSON.stringify(figures, (_, value) => (value > 0 ? Math.round(value) : value)),
    );
    expect(manyUs).toBeLessThan(fewUs * 5 + 200); // A scan of 10,000 would cost fifty times as much.
    expect(Math.max(removeUs, stopUs)).toBeLessThan(fewUs * 5 + 200);
  },
);
