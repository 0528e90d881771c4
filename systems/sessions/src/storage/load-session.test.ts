import { FlakyStore, STEADY } from '@sustain/drills/stores';
import { SimulatedClock, seededRandom } from '@sustain/kernel';
import { fallbackStore } from '@sustain/stores';
import { memoryStore } from '@sustain/stores/memory';
import { expect, it } from 'vitest';
import { sessionFaults } from '../faults.ts';
import { type Head, headKey, logKey } from '../layout/index.ts';
import { loadSession } from './load-session.ts';

it('a session of which only the end is known while the primary is away is unavailable, not damaged', async () => {
  const clock = new SimulatedClock();
  const primary = new FlakyStore(memoryStore({ clock }), clock, seededRandom(1));
  const spare = memoryStore({ clock });
  const terms = { acceptLoss: true, onConflict: 'reject', guards: 'ignore' } as const;
  const store = fallbackStore({ primary, spare, clock, maxKnownEntries: 4, ...terms });
  const value: Head = {
    key: { appName: 'app', userId: 'user', sessionId: 's' },
    incarnation: 'i',
    owner: undefined,
    createdWallMs: 0,
    ttlMs: undefined,
    base: { revision: 10, updatedWallMs: 0, state: {} },
  };
  for (let revision = 2; revision <= 10; revision++) {
    const record = { id: `e${revision}`, wallMs: 0, event: { id: `e${revision}`, timestamp: 0 } };
    await store.set(logKey('i', revision), record);
  }
  const key = headKey(value.key);
  const entry = { key, value, revision: await store.set(key, value) };
  const load = () => loadSession(store, entry, { operation: 'getSession', isOurs: true, isWhole: true });
  primary.fates = { ...STEADY, refused: 1 };
  const known = (await store.list('sessions/log/')).entries.map((one) => one.key);
  expect(known).not.toContain(logKey('i', 2));
  expect(known).toContain(logKey('i', 10));
  await expect(load()).rejects.toThrow(sessionFaults.SESSION_SERVICE_UNAVAILABLE);
  await store.close();
});
