import { Signals, SimulatedClock, systemClock } from '@sustain/kernel';
import { expect, it } from 'vitest';
import { storeSuite } from '../contract.suite.ts';
import { createStore } from '../create-store.ts';
import { storeCorrupted } from '../store-signals.ts';
import { MemoryBackend } from './memory-backend.ts';
import { memoryStore } from './memory-store.ts';

async function flip(backend: MemoryBackend, key: string): Promise<void> {
  const stored = await backend.get(key);
  const text = stored?.text.replace(/.$/s, (last) => String.fromCharCode(last.charCodeAt(0) ^ 1));
  await backend.write({
    key,
    text,
    expected: undefined,
    ttlMs: undefined,
    operationId: undefined,
    guard: undefined,
  });
}

storeSuite('memory', async () => {
  const backend = new MemoryBackend(systemClock);
  return {
    store: createStore(backend),
    corrupt: (key) => flip(backend, key),
    dispose: async () => undefined,
  };
});

it('what expires does so on the clock it was given, to the millisecond', async () => {
  const clock = new SimulatedClock();
  const store = memoryStore({ clock });
  await store.set('a', 1, { ttlMs: 1000 });
  await clock.advance(999);
  expect((await store.get('a'))?.value).toBe(1);
  await clock.advance(1);
  expect(await store.get('a')).toBeUndefined();
});

it('a list met an expired entry and found nothing more', async () => {
  const clock = new SimulatedClock();
  const store = memoryStore({ clock });
  await store.set('a', 1, { ttlMs: 1000 });
  await store.set('b', 2);
  await clock.advance(1000);
  expect((await store.list('')).entries.map(({ key }) => key)).toEqual(['b']);
});

it('an operation id is remembered for a day', async () => {
  const clock = new SimulatedClock();
  const store = memoryStore({ clock });
  const first = await store.set('a', 1, { operationId: 'once' });
  await clock.advance(86_399_999);
  expect(await store.set('a', 2, { operationId: 'once' })).toBe(first);
  await clock.advance(1);
  expect(await store.set('a', 2, { operationId: 'once' })).toBeGreaterThan(first);
});

it('what has expired does not pile up, although nobody asks for it', async () => {
  const clock = new SimulatedClock();
  const backend = new MemoryBackend(clock);
  const store = createStore(backend, { clock });
  for (let at = 0; at < 2000; at++) {
    await store.set(`key/${at}`, at, { ttlMs: 10, operationId: `op/${at}` });
    await clock.advance(at % 2);
  }
  expect(backend.size).toBeLessThan(1000);
});

it('a corrupted entry is told once, however many read it', async () => {
  const signals = new Signals();
  const told: unknown[] = [];
  signals.on(storeCorrupted, ({ source, data }) => told.push({ source, ...data }));
  const backend = new MemoryBackend(systemClock);
  const store = createStore(backend, { name: 'mine', signals });
  const revision = (await store.set('a', { state: 1 })) + 1;
  await flip(backend, 'a');
  await Promise.allSettled([store.get('a'), store.get('a'), store.list('')]);
  const quarantinedAs = `.quarantine/${revision}`;
  expect(told).toEqual([{ source: 'mine', key: 'a', reason: 'its checksum differs', quarantinedAs }]);
});

it('options out of range are refused', () => {
  expect(() => memoryStore({ maxValueBytes: 0 })).toThrow(RangeError);
  expect(() => memoryStore({ name: '' })).toThrow(RangeError);
});
