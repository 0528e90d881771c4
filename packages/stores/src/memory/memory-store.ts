import { systemClock } from '@sustain/kernel';
import type { Store } from '../contract.ts';
import { createStore, type StoreOptions } from '../create-store.ts';
import { MemoryBackend } from './memory-backend.ts';

/**
 * A store in this process's memory, gone with it: for tests, caches, and programs of one process. Every call makes a
 * store of its own. Values are copied in and out as JSON. On a SimulatedClock its time is simulated.
 */
export function memoryStore(options: StoreOptions = {}): Store {
  return createStore(new MemoryBackend(options.clock ?? systemClock), options);
}
