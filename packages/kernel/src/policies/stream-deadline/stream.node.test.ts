import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import { pipeline, stream } from '../index.ts';
import { sources } from './stream.fixture.ts';

test('a hundred streams on one signal leave no listener behind', async () => {
  const clock = new SimulatedClock();
  const { signal } = new AbortController();
  const { work } = sources(clock, [5, 'a', 5]);
  const all = Array.from({ length: 100 }, async () => {
    for await (const _ of stream(pipeline({ clock }), work, { signal }));
  });
  await clock.advance(1);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  await clock.run(Promise.all(all));
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
