import { SimulatedClock, seededRandom } from '@sustain/kernel';
import { expect, it } from 'vitest';
import { Sweeper } from './sweeper.ts';

it('sweeps as long as there is more, so that what is written faster than a batch a minute does not pile up', async () => {
  const clock = new SimulatedClock();
  let left = 500;
  let sweeps = 0;
  const sweeper = new Sweeper(clock, seededRandom(1), async () => {
    sweeps++;
    return --left > 0;
  });
  sweeper.start();
  await clock.advance(90_000);
  expect(left).toBeLessThanOrEqual(0);
  expect(sweeps).toBeLessThanOrEqual(502);
  sweeper.close();
  expect(clock.waitingTimers).toBe(0);
});

it('goes on after a failure, and not after it is closed', async () => {
  const clock = new SimulatedClock();
  let sweeps = 0;
  const sweeper = new Sweeper(clock, seededRandom(1), async () => {
    if (++sweeps === 1) throw new Error('away');
    if (sweeps === 2) sweeper.close();
    return true;
  });
  sweeper.start();
  await clock.advance(600_000);
  expect(sweeps).toBe(2);
  expect(clock.waitingTimers).toBe(0);
});
