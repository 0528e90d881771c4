import { type Clock, Fault, type Pipeline, pipeline, timeout } from '@sustain/kernel';
import { type Store, storeFaults } from '@sustain/stores';

/**
 * The same store, waited for no longer than `patienceMs`: what takes longer rejects with STORE_UNAVAILABLE, and a write with
 * OUTCOME_UNKNOWN, as it may still happen. What goes on for as long as it is wanted, as a watch does, goes on. Closing it
 * closes nothing.
 */
export function patientStore(store: Store, patienceMs: number, clock: Clock): Store {
  const { name, durability } = store;
  const patience = pipeline({ name, clock }, timeout(patienceMs)) as Pipeline<unknown>;
  const reason = `no answer in ${patienceMs} ms`;
  const ask = <T>(work: () => Promise<T>, late: () => Error): Promise<T> =>
    (patience.run(work) as Promise<T>).catch((error: unknown) => {
      throw isLate(error) ? late() : error;
    });
  const read = <T>(work: () => Promise<T>) =>
    ask(work, () => storeFaults.STORE_UNAVAILABLE({ store: name, reason }));
  const write = <T>(key: string, work: () => Promise<T>) =>
    ask(work, () => storeFaults.OUTCOME_UNKNOWN({ store: name, key, reason }));
  return {
    name,
    durability,
    get: (key, options) => read(() => store.get(key, options)),
    list: (prefix, options) => read(() => store.list(prefix, options)),
    set: (key, value, options) => write(key, () => store.set(key, value, options)),
    compareAndSet: (key, expected, value, options) =>
      write(key, () => store.compareAndSet(key, expected, value, options)),
    touch: (key, revision, ttlMs, options) => write(key, () => store.touch(key, revision, ttlMs, options)),
    delete: (key, options) => write(key, () => store.delete(key, options)),
    watch: (prefix, options) => store.watch(prefix, options),
    close: async () => undefined,
  };
}

function isLate(error: unknown): boolean {
  return error instanceof Fault && error.system === 'policies' && error.code === 'TIMED_OUT';
}
