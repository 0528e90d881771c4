import { SimulatedClock } from '@sustain/kernel';
import { type Store, storeFaults } from '@sustain/stores';
import { memoryStore } from '@sustain/stores/memory';
import { createSessionManager, type SessionManager, type SessionManagerOptions } from './index.ts';

/** What becomes of the next write that is disturbed; what is done meanwhile goes on before the answer is lost. */
export type Disturbance = { readonly isDone: boolean; readonly meanwhile?: () => Promise<unknown> };

/** One manager on a store of which chosen writes lose their answers, on simulated time. */
export interface Disturbed {
  readonly clock: SimulatedClock;
  readonly primary: Store;
  readonly manager: SessionManager;
  /** The next write of a key that begins with this one is disturbed. */
  disturb(prefix: string, disturbance: Disturbance): void;
  /** What is read under this key is damaged. */
  damage(key: string): void;
}

export function disturbedStore(options: Partial<SessionManagerOptions> = {}): Disturbed {
  const clock = new SimulatedClock();
  const primary = memoryStore({ clock });
  const waiting: { readonly prefix: string; readonly disturbance: Disturbance }[] = [];
  const damaged = new Set<string>();
  const lost = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const at = waiting.findIndex(({ prefix }) => key.startsWith(prefix));
    if (at < 0) return work();
    const [{ disturbance }] = waiting.splice(at, 1) as [(typeof waiting)[number]];
    if (disturbance.isDone) await work();
    await disturbance.meanwhile?.();
    throw storeFaults.OUTCOME_UNKNOWN({ store: 'primary', key, reason: 'the answer was lost' });
  };
  const checked = <T>(key: string, answer: T): T => {
    if (!damaged.has(key)) return answer;
    throw storeFaults.ENTRY_CORRUPTED({ store: 'primary', key, reason: 'damaged', quarantinedAs: null });
  };
  const store: Store = {
    name: primary.name,
    durability: primary.durability,
    get: async (key, given) => checked(key, await primary.get(key, given)),
    set: (key, value, given) => lost(key, () => primary.set(key, value, given)),
    compareAndSet: (key, expected, value, given) =>
      lost(key, () => primary.compareAndSet(key, expected, value, given)),
    touch: (key, revision, ttlMs, given) => primary.touch(key, revision, ttlMs, given),
    delete: (key, given) => {
      damaged.delete(key);
      return lost(key, () => primary.delete(key, given));
    },
    list: async (prefix, given) => {
      const page = await primary.list<never>(prefix, given);
      const corrupted = page.entries.map(({ key }) => key).filter((key) => damaged.has(key));
      return { ...page, entries: page.entries.filter(({ key }) => !damaged.has(key)), corrupted };
    },
    watch: (prefix, given) => primary.watch(prefix, given),
    close: () => primary.close(),
  };
  const manager = createSessionManager({
    ...{ primary: store, clock, retry: { baseDelayMs: 0 }, cleanupEveryMs: Number.POSITIVE_INFINITY },
    ...options,
  });
  return {
    ...{ clock, primary, manager },
    disturb: (prefix, disturbance) => void waiting.push({ prefix, disturbance }),
    damage: (key) => void damaged.add(key),
  };
}
