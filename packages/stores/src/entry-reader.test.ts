import { Signals, SimulatedClock } from '@sustain/kernel';
import { expect, it } from 'vitest';
import type { Write } from './backend.ts';
import { storeFaults } from './contract.ts';
import { createStore } from './create-store.ts';
import { QUARANTINE } from './entry-reader.ts';
import { MemoryBackend } from './memory/index.ts';
import { storeCorrupted } from './store-signals.ts';

const PLAIN = { expected: undefined, ttlMs: undefined, operationId: undefined, guard: undefined };

it('a copy of what is corrupted that could not be made is made by the next who reads it, and told once', async () => {
  const clock = new SimulatedClock();
  const backend = new MemoryBackend(clock);
  const write = backend.write.bind(backend);
  let isFull = true;
  backend.write = async (one: Write) => {
    if (isFull) throw storeFaults.STORE_UNAVAILABLE({ store: 'memory', reason: 'it is full' });
    return write(one);
  };
  const signals = new Signals();
  const told: unknown[] = [];
  signals.on(storeCorrupted, ({ data }) => told.push(data.quarantinedAs));
  const store = createStore(backend, { clock, signals });
  await write({ ...PLAIN, key: 'a', text: 'rubbish' });
  const copyOf = () => store.get('a').catch((error) => error.context.quarantinedAs);
  expect(await copyOf()).toBe(null);
  isFull = false;
  const place = `${QUARANTINE}1`;
  expect(await Promise.all([copyOf(), copyOf()])).toEqual([place, place]);
  expect((await store.get(place))?.value).toMatchObject({ key: 'a', text: 'rubbish' });
  expect(await copyOf()).toBe(place);
  expect(told).toEqual([null]);
});
