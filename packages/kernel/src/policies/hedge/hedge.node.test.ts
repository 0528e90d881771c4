import { expect, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import { hedge, pipeline } from '../index.ts';

test('a hedge leaves no loser behind that rejects unheard', async () => {
  const clock = new SimulatedClock();
  const unheard: unknown[] = [];
  const onUnhandled = (error: unknown) => unheard.push(error);
  process.on('unhandledRejection', onUnhandled);
  let calls = 0;
  const work = async () => {
    const call = calls++;
    await clock.sleep(call === 0 ? 500 : 10);
    if (call === 0) throw new Error('late loser');
    return 'winner';
  };
  expect(await clock.run(pipeline({ clock }, hedge({ delayMs: 100 })).run(work))).toBe('winner');
  await clock.advance(1000);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', onUnhandled);
  expect(unheard).toEqual([]);
});
