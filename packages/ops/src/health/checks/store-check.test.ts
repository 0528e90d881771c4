import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedClock, systemClock } from '@sustain/kernel';
import type { Store } from '@sustain/stores/contract';
import { memoryStore } from '@sustain/stores/memory';
import { sqliteStore } from '@sustain/stores/sqlite';
import { expect, test } from 'vitest';
import { HealthMonitor, storeCheck } from '../index.ts';

test.each<[string, (folder: string) => Store]>([
  ['memory', () => memoryStore()],
  ['SQLite', (folder) => sqliteStore({ path: join(folder, 'state.db') })],
])('a store on %s that works is healthy, is left empty, and is unhealthy once closed', async (_, open) => {
  const folder = mkdtempSync(join(tmpdir(), 'sustain-store-'));
  const store = open(folder);
  const monitor = new HealthMonitor({ clock: systemClock, timeoutMs: 20_000 });
  monitor.add('studio', storeCheck(store, { slowMs: 20_000, cacheMs: 0 }));
  const look = async () => (await monitor.runHealthChecks()).checks[0];
  expect(await look()).toMatchObject({ status: 'healthy', observed: { unit: 'ms' } });
  expect((await store.list('')).entries).toEqual([]);
  expect(await look()).toMatchObject({ status: 'healthy' });
  await store.close();
  expect(await look()).toMatchObject({ status: 'unhealthy', message: expect.stringContaining('closed') });
  rmSync(folder, { recursive: true });
});

/** A real store but for some of its answers. */
function lying(answers: Partial<Store>): Store {
  const store = memoryStore();
  return new Proxy(store, {
    get: (_, name: keyof Store) =>
      answers[name] ?? (typeof store[name] === 'function' ? store[name].bind(store) : store[name]),
  });
}

async function judge(answers: (clock: SimulatedClock) => Partial<Store>) {
  const clock = new SimulatedClock();
  const monitor = new HealthMonitor({ clock });
  monitor.add('studio', storeCheck(lying(answers(clock)), { clock }));
  return (await clock.run(monitor.runHealthChecks())).checks[0];
}

test('whoever asks for health all the time has the store written to once a second', async () => {
  const clock = new SimulatedClock();
  const monitor = new HealthMonitor({ clock });
  const store = memoryStore();
  let written = 0;
  const counted = lying({
    set: (...entry: Parameters<Store['set']>) => {
      written++;
      return store.set(...entry);
    },
    get: (key) => store.get(key),
  });
  monitor.add('studio', storeCheck(counted, { clock }));
  for (let each = 0; each < 20; each++) {
    expect((await monitor.runHealthChecks()).overallHealth).toBe('healthy');
    await clock.advance(100);
  }
  expect(written).toBe(2);
});

test('a store that acknowledges and forgets is unhealthy', async () => {
  expect(await judge(() => ({ get: async () => undefined }))).toMatchObject({
    status: 'unhealthy',
    message: 'memory answered nothing for what was just written',
  });
});

test('a store that answers what was before is unhealthy', async () => {
  const stale = { get: async (key: string) => ({ key, value: 0 as never, revision: 1 }) };
  expect(await judge(() => stale)).toMatchObject({ message: expect.stringContaining('something else') });
});

test('a store that is slow is degraded, and one that hangs is given up', async () => {
  const slow = (ms: number) => (clock: SimulatedClock) => ({
    delete: async () => {
      await clock.sleep(ms);
      return true;
    },
  });
  expect(await judge(slow(500))).toMatchObject({
    status: 'degraded',
    message: expect.stringContaining('500 ms'),
  });
  expect(await judge(slow(5000))).toMatchObject({
    status: 'unhealthy',
    message: 'no answer after 1000 ms (allowed: 1000 ms)',
  });
});
