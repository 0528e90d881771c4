import { SimulatedClock } from '@sustain/kernel';
import { expect, it } from 'vitest';
import { type Change, storeFaults } from './contract.ts';
import { createStore } from './create-store.ts';
import { MemoryBackend } from './memory/index.ts';

it('a change is told although another one cannot be read just then', async () => {
  const clock = new SimulatedClock();
  const backend = new MemoryBackend(clock);
  const read = backend.get.bind(backend);
  const lost = new Set<string>();
  backend.get = async (key) => {
    if (lost.has(key))
      throw storeFaults.STORE_UNAVAILABLE({ store: 'memory', reason: 'the connection was lost' });
    return read(key);
  };
  const store = createStore(backend, { clock });
  const told: Change[] = [];
  const watch = await store.watch('');
  const reading = (async () => {
    for await (const change of watch) told.push(change);
  })();
  lost.add('b');
  await Promise.all([store.set('a', 1), store.set('b', 2)]);
  await clock.advance(1000);
  lost.clear();
  await clock.advance(1000);
  expect(told).toMatchObject([
    { kind: 'set', key: 'a', value: 1 },
    { kind: 'set', key: 'b', value: 2 },
  ]);
  await watch.close();
  await reading;
});
