import type { OpenOperation, Recorder } from '@sustain/drills';
import { type Clock, type Random, systemClock, systemRandom } from '@sustain/kernel';
import { ABSENT, type Store, storeFaults } from '../contract.ts';

/** What is under a key: the ids of all writes that took effect, in their order. */
export type Ids = readonly string[];

export const KEYS: readonly string[] = Array.from({ length: 200 }, (_, at) => `k${at}`);

/** Keys whose values are set and deleted without looking. */
export const REGISTERS: readonly string[] = Array.from({ length: 20 }, (_, at) => `r${at}`);

export interface AppendingClient {
  readonly store: Store;
  readonly recorder: Recorder;
  /** Of all operations of all clients. */
  readonly idPrefix: string;
  readonly isOver: () => boolean;
  readonly onAcknowledged: () => void;
  readonly clock?: Clock;
  readonly random?: Random;
}

/**
 * Reads a key and appends its own id by compare-and-set, again and again, and now and then sets or deletes another one
 * without looking; writes down what it is told.
 */
export async function appendIds(client: AppendingClient): Promise<void> {
  const {
    store,
    recorder,
    idPrefix,
    isOver,
    onAcknowledged,
    clock = systemClock,
    random = systemRandom,
  } = client;
  for (let number = 1; !isOver(); number++) {
    if (random.next() < 0.2) {
      if (!(await changeRegister(client, `${idPrefix}-b${number}`, random)))
        await clock.sleep(REFUSED_WAIT_MS);
      continue;
    }
    const key = KEYS[Math.floor(random.next() * KEYS.length)] as string;
    const read = recorder.invoke({ kind: 'read', key, id: `${idPrefix}-r${number}` });
    const entry = await tell(read, () => store.get<Ids>(key));
    if (entry === 'failed') {
      await clock.sleep(REFUSED_WAIT_MS);
      continue;
    }
    const ids = entry?.value ?? [];
    const last = ids.at(-1) ?? null;
    read.ok(last);
    const id = `${idPrefix}-${number}`;
    const write = recorder.invoke({ kind: 'compare-and-set', key, expected: last, value: id, id });
    const result = await tell(write, () => store.compareAndSet(key, entry?.revision ?? ABSENT, [...ids, id]));
    if (result === 'failed') {
      await clock.sleep(REFUSED_WAIT_MS);
    } else if (result.ok) {
      write.ok();
      onAcknowledged();
    } else {
      write.mismatch();
    }
  }
}

/** Whether it was done. */
async function changeRegister(
  { store, recorder, onAcknowledged }: AppendingClient,
  id: string,
  random: Random,
): Promise<boolean> {
  const key = REGISTERS[Math.floor(random.next() * REGISTERS.length)] as string;
  const isDeletion = random.next() < 0.2;
  const action = isDeletion
    ? ({ kind: 'delete', key, id } as const)
    : ({ kind: 'write', key, id, value: id } as const);
  const operation = recorder.invoke(action);
  const result = await tell(operation, async () => (isDeletion ? store.delete(key) : store.set(key, id)));
  if (result === 'failed') return false;
  operation.ok();
  onAcknowledged();
  return true;
}

/** Who is refused at once and asks again at once would keep the event loop from everything else. */
const REFUSED_WAIT_MS = 5;

async function tell<T>(operation: OpenOperation, work: () => Promise<T>): Promise<T | 'failed'> {
  try {
    return await work();
  } catch (error) {
    if (storeFaults.OUTCOME_UNKNOWN.matches(error)) operation.unknown();
    else if (storeFaults.STORE_UNAVAILABLE.matches(error)) operation.failed();
    else throw error;
    return 'failed';
  }
}
