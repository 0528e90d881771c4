import { constant, SimulatedClock, seededRandom } from '@sustain/kernel';
import { type Store, storeFaults } from '@sustain/stores/contract';
import { memoryStore } from '@sustain/stores/memory';
import { describe, expect, it } from 'vitest';
import type { JobQueue, JobRun } from '../contract.ts';
import { jobsFaults } from '../jobs-faults.ts';
import { type InProcessQueueOptions, inProcessQueue } from './index.ts';

/** What happens to a call of the store, by its name and key; `call` does it. */
type Drill = (method: string, key: string, call: () => Promise<unknown>, args: unknown[]) => Promise<unknown>;

const unavailable = () => storeFaults.STORE_UNAVAILABLE({ store: 'test', reason: 'drilled' });
const unknown = (key: string) => storeFaults.OUTCOME_UNKNOWN({ store: 'test', key, reason: 'drilled' });

/** A queue, whose store does as `drill` says. The store's clock stands still. */
async function drilled(options: Partial<InProcessQueueOptions> = {}) {
  const clock = new SimulatedClock();
  const memory = memoryStore({ clock: new SimulatedClock() });
  const drill: { now: Drill | undefined } = { now: undefined };
  const store = Object.create(memory) as Store;
  for (const method of ['get', 'compareAndSet', 'touch', 'delete', 'list'] as const) {
    store[method] = (async (...args: unknown[]) => {
      const call = () => (memory[method] as (...given: unknown[]) => Promise<unknown>)(...args);
      return drill.now === undefined ? call() : drill.now(method, String(args[0]), call, args);
    }) as never;
  }
  const random = seededRandom(1);
  const own = { name: 'work', store, clock, random, ownerTtlMs: 1000, waitForOwnerMs: 0, ...options };
  return { queue: await clock.run(inProcessQueue(own)), clock, memory, drill };
}

/** The first write of a job is done, or not, and its answer lost; after that the store is away. */
function losesAnswer(isDone = true): Drill {
  let isAway = false;
  return async (_method, key, call) => {
    if (isAway) throw unavailable();
    if (!key.includes('/job/')) return call();
    if (_method !== 'compareAndSet') return call();
    isAway = true;
    if (isDone) await call();
    throw unknown(key);
  };
}

describe('a write that was done and had no answer', () => {
  it('is told as in doubt, though its repetition has certainly not been done', async () => {
    const { queue, drill } = await drilled();
    drill.now = losesAnswer();
    await expect(queue.add(1)).rejects.toSatisfy(storeFaults.OUTCOME_UNKNOWN.matches);
    drill.now = undefined;
  });

  it('was the adding of a job: it runs, once, whether or not it is added again', async () => {
    const { queue, clock, drill } = await drilled();
    const ran: unknown[] = [];
    await queue.process((job) => void ran.push(job.data));
    for (const [data, idempotencyKey] of [
      ['alone', undefined],
      ['twice', 'key'],
    ] as const) {
      drill.now = losesAnswer();
      await expect(queue.add(data, { idempotencyKey })).rejects.toSatisfy(
        storeFaults.STORE_UNAVAILABLE.matches,
      );
      drill.now = undefined;
      if (idempotencyKey !== undefined) await queue.add(data, { idempotencyKey });
      await clock.advance(3000);
    }
    expect(ran).toEqual(['alone', 'twice']);
    expect(await queue.counts()).toMatchObject({ waiting: 0, completed: 2 });
  });

  it('was the adding of a job that its caller has given up: it runs', async () => {
    const { queue, clock, drill } = await drilled();
    const ran: unknown[] = [];
    await queue.process((job) => void ran.push(job.data));
    const controller = new AbortController();
    drill.now = async (method, key, call) => {
      const answer = await call();
      if (method !== 'compareAndSet' || !key.includes('/job/') || controller.signal.aborted) return answer;
      controller.abort(new Error('enough'));
      throw controller.signal.reason;
    };
    await expect(queue.add(1, { signal: controller.signal })).rejects.toThrow('enough');
    await clock.advance(3000);
    expect(ran).toEqual([1]);
  });

  it.each<[string, boolean, (queue: JobQueue, job: JobRun) => unknown, object]>([
    ['how far it is', true, (_queue, job) => job.progress('half'), { state: 'completed', progress: 'half' }],
    ['how far it is', false, (_queue, job) => job.progress('half'), { state: 'completed', progress: 'half' }],
    ['that it is cancelled', true, (queue, { id }) => queue.cancel(id, 'enough'), { state: 'cancelled' }],
    ['that it is cancelled', false, (queue, { id }) => queue.cancel(id, 'enough'), { state: 'cancelled' }],
  ])('said of a job that runs %s (done: %s): it does not run again', async (_what, isDone, say, end) => {
    const { queue, clock, drill } = await drilled();
    let runs = 0;
    const aborts: unknown[] = [];
    await queue.process(async (job) => {
      runs++;
      job.signal.addEventListener('abort', () => aborts.push(job.signal.reason.code));
      drill.now = losesAnswer(isDone);
      await Promise.resolve(say(queue, job)).catch(() => undefined);
      await clock.sleep(100);
      drill.now = undefined;
      await clock.sleep(100);
    });
    const { id } = await queue.add(1);
    await clock.advance(10_000);
    expect(runs).toBe(1);
    expect(aborts).not.toContain('JOB_LOST');
    expect(await queue.get(id)).toMatchObject({ ...end, attempts: 1 });
  });

  it('said of a job that runs how far it is, and then the queue was in doubt, too: it does not run again', async () => {
    const { queue, clock, drill } = await drilled();
    let runs = 0;
    await queue.process(async (job) => {
      runs++;
      drill.now = losesAnswer();
      job.progress('half');
      await clock.sleep(2500);
      drill.now = undefined; // the queue is owned again: all is looked at anew
      await clock.sleep(2500);
    });
    const { id } = await queue.add(1);
    await clock.advance(10_000);
    expect(runs).toBe(1);
    expect(await queue.get(id)).toMatchObject({ state: 'completed', attempts: 1, progress: 'half' });
  });

  it('was the end of an attempt that closing had broken off: it does not count, once', async () => {
    const { queue, clock, drill, memory } = await drilled();
    await queue.process(async ({ signal }) => {
      while (!signal.aborted) await clock.sleep(10);
      drill.now = losesAnswer();
      throw signal.reason;
    });
    const { id } = await queue.add(1);
    await clock.advance(10);
    const closing = queue.close();
    await clock.advance(20);
    drill.now = undefined;
    await clock.run(closing);
    const next = await clock.run(inProcessQueue({ name: 'work', store: memory, clock }));
    expect(await next.get(id)).toMatchObject({ state: 'waiting', attempts: 0 });
  });

  it('was the return of a dead job: it runs', async () => {
    const { queue, clock, drill } = await drilled();
    await queue.process(
      (job) => {
        if (job.attempt === 1 && isBad) throw new Error('no');
      },
      { maxAttempts: 1 },
    );
    let isBad = true;
    const { id } = await queue.add(1);
    await clock.advance(1);
    isBad = false;
    drill.now = losesAnswer();
    await expect(queue.retryDead(id)).rejects.toSatisfy(storeFaults.OUTCOME_UNKNOWN.matches);
    drill.now = undefined;
    await clock.advance(3000);
    expect(await queue.get(id)).toMatchObject({ state: 'completed' });
  });
});

it('a job that is being begun when the queue is owned again is not begun twice', async () => {
  const { queue, clock, drill } = await drilled();
  const gate = Promise.withResolvers<void>();
  let running = 0;
  let most = 0;
  const mayEnd = Promise.withResolvers<void>();
  await queue.process(
    async () => {
      most = Math.max(most, ++running);
      await mayEnd.promise;
      running--;
    },
    { concurrency: 2 },
  );
  const { id } = await queue.add(1, { delayMs: 10 });
  let isStuck = true;
  let isAway = true;
  drill.now = async (method, key, call) => {
    if (method === 'touch' && isAway) throw unavailable();
    if (method === 'compareAndSet' && key.endsWith(id) && isStuck) {
      isStuck = false;
      await gate.promise;
    }
    return call();
  };
  await clock.advance(2500); // the job is begun, its write is slow, and the ownership is in doubt
  isAway = false;
  await clock.advance(1000); // owned again: all is looked at anew
  gate.resolve();
  await clock.advance(1000);
  expect(await queue.get(id)).toMatchObject({ state: 'running', attempts: 1 });
  mayEnd.resolve();
  await clock.advance(1000);
  expect(most).toBe(1);
  expect(await queue.get(id)).toMatchObject({ state: 'completed', attempts: 1 });
});

it('a job that somebody else has ended is told as ended, though it was to begin here', async () => {
  const { queue, memory } = await drilled();
  const { id } = await queue.add(1);
  await memory.delete('jobs/work/owner');
  const clock = new SimulatedClock();
  const next = await clock.run(inProcessQueue({ name: 'work', store: memory, clock }));
  await next.process(() => 'done');
  await clock.advance(1);
  expect(await next.get(id)).toMatchObject({ state: 'completed' });
  expect(await queue.get(id)).toMatchObject({ state: 'completed', result: 'done' });
});

it('a job whose record is corrupted does not hold up the others', async () => {
  const { queue, clock, drill } = await drilled();
  const { id: bad } = await queue.add('bad');
  const { id: good } = await queue.add('good');
  drill.now = async (method, key, call) => {
    if (method === 'get' && key.endsWith(bad)) {
      throw storeFaults.ENTRY_CORRUPTED({ store: 'test', key, reason: 'drilled', quarantinedAs: null });
    }
    return call();
  };
  await queue.process((job) => job.data, { backoff: constant(1) });
  await clock.advance(10_000);
  expect(await queue.get(good)).toMatchObject({ state: 'completed' });
  await expect(queue.get(bad)).rejects.toSatisfy(storeFaults.ENTRY_CORRUPTED.matches);
});

it('closing with a grace out of range is refused, and leaves the queue open', async () => {
  const { queue, clock } = await drilled();
  await expect(queue.close({ graceMs: -1 })).rejects.toThrow(RangeError);
  await queue.add(1);
  await clock.run(queue.close());
  await expect(queue.add(1)).rejects.toSatisfy(jobsFaults.QUEUE_CLOSED.matches);
  expect(clock.waitingTimers).toBe(0);
});
