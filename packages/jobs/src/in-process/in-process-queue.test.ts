import {
  constant,
  createOperation,
  exponential,
  isCancelled,
  Signals,
  SimulatedClock,
  seededRandom,
} from '@sustain/kernel';
import type { Store } from '@sustain/stores/contract';
import { storeFaults } from '@sustain/stores/contract';
import { memoryStore } from '@sustain/stores/memory';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobQueue, JobRun } from '../contract.ts';
import { jobsFaults } from '../jobs-faults.ts';
import { jobsDisturbed, jobsStarted } from '../jobs-signals.ts';
import { type InProcessQueueOptions, inProcessQueue } from './index.ts';

/**
 * A store, and processes that use it, each with a time of its own: one whose time stands still is stopped, as by SIGSTOP
 * or a blocked event loop, and one whose time never goes on is dead.
 */
class Machine {
  readonly clock = new SimulatedClock();
  readonly store: Store = memoryStore({ clock: this.clock });

  async process(options: Partial<InProcessQueueOptions> = {}) {
    const clock = new SimulatedClock(this.clock.wallMs());
    const opening = inProcessQueue({
      name: 'work',
      store: this.store,
      clock,
      random: seededRandom(1),
      ownerTtlMs: 1000,
      waitForOwnerMs: 0,
      ...options,
    });
    const queue = await clock.run(opening);
    return { queue, clock };
  }

  /** Time passes for the store, and for these. */
  async pass(durationMs: number, ...clocks: readonly SimulatedClock[]): Promise<void> {
    for (let passedMs = 0; passedMs < durationMs; passedMs += STEP_MS) {
      for (const clock of [this.clock, ...clocks])
        await clock.advance(Math.min(STEP_MS, durationMs - passedMs));
    }
  }
}

const STEP_MS = 50;

const never = () => new Promise<never>(() => undefined);

describe('retries', () => {
  it('come after exactly the backoff', async () => {
    const machine = new Machine();
    const { queue, clock } = await machine.process();
    const begunMs: number[] = [];
    const backoff = exponential({ baseMs: 100, jitter: 'none' });
    await queue.process(
      () => {
        begunMs.push(clock.monotonicMs());
        throw new Error('no');
      },
      { backoff, maxAttempts: 4 },
    );
    const { id } = await queue.add(1);
    await clock.advance(99);
    expect(begunMs).toHaveLength(1);
    expect(await queue.get(id)).toMatchObject({
      state: 'delayed',
      attempts: 1,
      error: { message: 'Error: no' },
    });
    await clock.advance(10_000);
    expect(begunMs).toEqual([0, 100, 300, 700]);
    expect(await queue.get(id)).toMatchObject({ state: 'dead', attempts: 4 });
  });

  it('whose time comes while nobody is there begin when somebody is', async () => {
    const machine = new Machine();
    const first = await machine.process();
    await first.queue.process(
      () => {
        throw new Error('no');
      },
      { backoff: constant(60_000) },
    );
    const { id } = await first.queue.add(1);
    const { id: later } = await first.queue.add(2, { delayMs: 3_600_000 });
    await first.clock.advance(1);
    await first.clock.run(first.queue.close());
    await machine.clock.advance(3_000_000);
    const second = await machine.process();
    const attempts: unknown[] = [];
    await second.queue.process((job) => void attempts.push([job.data, job.attempt]));
    await second.clock.advance(1);
    expect(attempts).toEqual([[1, 2]]);
    expect(await second.queue.get(id)).toMatchObject({ state: 'completed', attempts: 2 });
    await second.clock.advance(599_998);
    expect(await second.queue.get(later)).toMatchObject({ state: 'delayed' });
    await second.clock.advance(2);
    expect(attempts).toEqual([
      [1, 2],
      [2, 1],
    ]);
  });

  it.each([
    ['a backoff that throws', { backoff: () => JSON.parse('{') as number }],
    ['a backoff that answers no time', { backoff: () => Number.NaN }],
    [
      'a predicate that throws',
      {
        retryOn: () => {
          throw new Error('mine');
        },
      },
    ],
  ])('end with %s: the job is dead of its own error', async (_what, options) => {
    const machine = new Machine();
    const { queue, clock } = await machine.process();
    await queue.process(() => {
      throw new Error('the work');
    }, options);
    const { id } = await queue.add(1);
    await clock.advance(1);
    expect(await queue.get(id)).toMatchObject({
      state: 'dead',
      attempts: 1,
      error: { message: 'Error: the work' },
    });
  });
});

describe('a process that dies', () => {
  it('leaves what ran to the next, which is told so, and what waited as it was', async () => {
    const machine = new Machine();
    const first = await machine.process();
    await first.queue.process((job) => {
      job.progress({ page: 3 });
      return never();
    });
    const operation = createOperation('a turn');
    const { id } = await first.queue.add('runs', { operation });
    const { id: second } = await first.queue.add('waits');
    await first.clock.advance(1);
    await machine.clock.advance(1001);
    const next = await machine.process();
    expect(await next.queue.get(id)).toMatchObject({ state: 'waiting', attempts: 1, progress: { page: 3 } });
    const seen: Partial<JobRun>[] = [];
    await next.queue.process((job) => void seen.push(job));
    await next.clock.advance(1);
    expect(seen).toMatchObject([
      { id, attempt: 2, isResumed: true, operation: { id: operation.id } },
      { id: second, attempt: 1, isResumed: false },
    ]);
  });

  it('again and again with the same job has a poison job: it is dead after its attempts, and the rest goes on', async () => {
    const machine = new Machine();
    let id = '';
    const begun: number[] = [];
    for (let crash = 0; crash < 3; crash++) {
      const { queue, clock } = await machine.process();
      if (crash === 0) id = (await queue.add('poison')).id;
      await queue.process((job) => {
        begun.push(job.attempt);
        return never();
      });
      await clock.advance(1);
      await machine.clock.advance(1001);
    }
    const { queue, clock } = await machine.process();
    await queue.process((job) => job.data);
    const { id: other } = await queue.add('harmless');
    await clock.advance(1);
    expect(begun).toEqual([1, 2, 3]);
    expect(await queue.get(id)).toMatchObject({ state: 'dead', attempts: 3, error: { code: 'JOB_CRASHED' } });
    expect(await queue.get(other)).toMatchObject({ state: 'completed' });
    expect(await queue.retryDead(id)).toBe(true);
    await clock.advance(1);
    expect(await queue.get(id)).toMatchObject({ state: 'completed', attempts: 1 });
  });

  it('with a job that was to be cancelled leaves it cancelled, and it does not run again', async () => {
    const machine = new Machine();
    const first = await machine.process();
    await first.queue.process(never);
    const { id } = await first.queue.add(1);
    await first.clock.advance(1);
    expect(await first.queue.cancel(id, 'too late')).toBe(true);
    await machine.clock.advance(1001);
    const next = await machine.process();
    let runs = 0;
    await next.queue.process(() => void runs++);
    await next.clock.advance(1);
    expect(await next.queue.get(id)).toMatchObject({ state: 'cancelled', reason: 'too late' });
    expect(runs).toBe(0);
  });
});

describe('a queue in process', () => {
  it('belongs to one process: a second is refused, with who has it and the cure', async () => {
    const machine = new Machine();
    await machine.process();
    const second = machine.process();
    await expect(second).rejects.toSatisfy(jobsFaults.QUEUE_OWNED.matches);
    await expect(second).rejects.toThrow(new RegExp(`process ${process.pid} since 2026-01-01T00:00:00.000Z`));
    await expect(second).rejects.toThrow('waitForOwnerMs');
    await machine.process({ name: 'other' });
  });

  it('may be waited for, until the owner closes, or dies', async () => {
    const machine = new Machine();
    const first = await machine.process();
    const clock = new SimulatedClock();
    const opening = inProcessQueue({
      name: 'work',
      store: machine.store,
      clock,
      ownerTtlMs: 1000,
      waitForOwnerMs: 9000,
    });
    await machine.pass(3000, clock, first.clock);
    await first.clock.run(first.queue.close());
    const second = await clock.run(opening);
    const third = machine.process({ waitForOwnerMs: 1250 });
    await machine.clock.advance(1001);
    await expect((await third).queue.counts()).resolves.toBeDefined();
    await expect(second.add(1)).rejects.toSatisfy(jobsFaults.QUEUE_OWNED.matches);
  });

  it('a stalled event loop does not run a job twice: where nobody else came, it goes on', async () => {
    const machine = new Machine();
    const { queue, clock } = await machine.process();
    let runs = 0;
    const mayEnd = Promise.withResolvers<void>();
    await queue.process(
      async (job) => {
        runs++;
        await mayEnd.promise;
        return job.signal.aborted;
      },
      { concurrency: 2 },
    );
    const { id } = await queue.add(1);
    await clock.advance(1);
    await machine.clock.advance(60_000);
    await machine.pass(1000, clock);
    expect(await queue.get(id)).toMatchObject({ state: 'running' });
    mayEnd.resolve();
    await machine.pass(1000, clock);
    expect(await queue.get(id)).toMatchObject({ state: 'completed', result: false, attempts: 1 });
    expect(runs).toBe(1);
  });

  it('a stale owner changes nothing: its handlers are told, and what they answer is dropped', async () => {
    const machine = new Machine();
    const signals = new Signals();
    const disturbed: unknown[] = [];
    signals.on(jobsDisturbed, ({ data }) => disturbed.push(data.doing));
    const stale = await machine.process({ signals });
    let staleRun: JobRun | undefined;
    const mayEnd = Promise.withResolvers<string>();
    await stale.queue.process((job) => {
      staleRun = job;
      return mayEnd.promise;
    });
    const { id } = await stale.queue.add(1);
    await stale.clock.advance(1);
    await machine.clock.advance(1001);
    const next = await machine.process();
    await next.queue.process(() => 'of the new owner');
    await next.clock.advance(1);
    await machine.pass(500, next.clock);
    await expect(stale.queue.add(2)).rejects.toSatisfy(jobsFaults.QUEUE_OWNED.matches);
    mayEnd.resolve('of the stale one');
    await machine.pass(3000, next.clock, stale.clock);
    expect(await next.queue.get(id)).toMatchObject({ state: 'completed', result: 'of the new owner' });
    expect(disturbed).toContain('own the queue');
    await next.clock.run(next.queue.close());
    await machine.pass(2000, stale.clock);
    expect(staleRun?.signal.reason).toMatchObject({ code: 'JOB_LOST' });
    expect(await stale.queue.get(id)).toMatchObject({ state: 'completed', result: 'of the new owner' });
    const { id: again } = await stale.queue.add('back in business');
    await machine.pass(3000, stale.clock);
    expect(await stale.queue.get(again)).toMatchObject({ state: 'completed', result: 'of the stale one' });
  });

  it('keeps a result although the store is away when it comes', async () => {
    const machine = new Machine();
    const unreliable = Object.create(machine.store) as Store & { isAway: boolean };
    unreliable.isAway = false;
    for (const method of ['get', 'compareAndSet', 'touch', 'delete', 'list'] as const) {
      unreliable[method] = (async (...args: unknown[]) => {
        if (unreliable.isAway) throw storeFaults.STORE_UNAVAILABLE({ store: 'test', reason: 'drilled' });
        return (machine.store[method] as (...given: unknown[]) => unknown)(...args);
      }) as never;
    }
    const { queue, clock } = await machine.process({ store: unreliable });
    let runs = 0;
    await queue.process(async (job) => {
      runs++;
      await clock.sleep(100);
      unreliable.isAway = true;
      job.progress('lost');
      return 'result';
    });
    const { id } = await queue.add(1);
    await machine.pass(5000, clock);
    await expect(queue.add(2)).rejects.toSatisfy(storeFaults.STORE_UNAVAILABLE.matches);
    unreliable.isAway = false;
    await machine.pass(5000, clock);
    expect(await queue.get(id)).toMatchObject({ state: 'completed', result: 'result', attempts: 1 });
    expect(runs).toBe(1);
  });

  it('forgets what has ended when its time is over, to the millisecond', async () => {
    const machine = new Machine();
    const { queue, clock } = await machine.process({ keepMs: 60_000, keepDeadMs: 120_000 });
    await queue.process(
      (job) => {
        if (job.data === 'bad') throw new Error('no');
      },
      { maxAttempts: 1 },
    );
    const { id: good } = await queue.add('good', { idempotencyKey: 'k' });
    const { id: bad } = await queue.add('bad');
    await clock.advance(1);
    await machine.pass(59_950, clock);
    await machine.clock.advance(49);
    expect(await queue.get(good)).toBeDefined();
    await machine.clock.advance(1);
    await clock.advance(50);
    expect(await queue.get(good)).toBeUndefined();
    expect(await queue.counts()).toMatchObject({ completed: 0, dead: 1 });
    await machine.pass(60_000, clock);
    expect(await queue.get(bad)).toBeUndefined();
    expect(await queue.counts()).toMatchObject({ dead: 0 });
  });

  it('leaves no timer behind when it is closed, whatever was going on', async () => {
    const machine = new Machine();
    const { queue, clock } = await machine.process();
    await queue.process(({ signal }) => clock.sleep(60_000, { signal }), { backoff: constant(60_000) });
    const { id } = await queue.add(1);
    await queue.add(2);
    await queue.add(3, { delayMs: 60_000 });
    await clock.advance(1);
    const waiting = expect(queue.wait(id)).rejects.toSatisfy(jobsFaults.QUEUE_CLOSED.matches);
    await clock.advance(1);
    await clock.run(queue.close());
    await waiting;
    expect(clock.waitingTimers).toBe(0);
  });

  it('closes although a handler does not end: its job waits again, and what it answers later is dropped', async () => {
    const machine = new Machine();
    const { queue, clock } = await machine.process();
    const late = Promise.withResolvers<string>();
    await queue.process(() => late.promise);
    const { id } = await queue.add(1);
    await clock.advance(1);
    await clock.run(queue.close({ graceMs: 1000 }));
    expect(clock.monotonicMs()).toBe(6001);
    late.resolve('too late');
    await clock.advance(10_000);
    const next = await machine.process();
    expect(await next.queue.get(id)).toMatchObject({ state: 'waiting', attempts: 0 });
  });
});

describe('whatever is asked in whatever order', () => {
  it('no job runs twice at once, more than its attempts, or after it was cancelled; and each ends once, as was said', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const), priority: fc.nat(3), delayMs: fc.nat(40) }),
      fc.record({ do: fc.constant('cancel' as const), job: fc.nat(20) }),
      fc.record({ do: fc.constant('pass' as const), ms: fc.nat(60) }),
      fc.record({ do: fc.constant('pause' as const) }),
      fc.record({ do: fc.constant('resume' as const) }),
      fc.record({ do: fc.constant('reopen' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(), async (steps, seed) => {
        const machine = new Machine();
        const signals = new Signals();
        const random = seededRandom(seed);
        const running = new Set<string>();
        const begun = new Map<string, number>();
        const cancelled = new Set<string>();
        signals.on(jobsStarted, ({ data: { id, attempt } }) => {
          begun.set(id, attempt);
          expect(attempt).toBeLessThanOrEqual(3);
        });
        const open = async () => {
          const opened = await machine.process({ signals });
          await opened.queue.process(
            async ({ id, signal }) => {
              expect(running.has(id)).toBe(false);
              running.add(id);
              try {
                await opened.clock.sleep(random.next() * 50, random.next() < 0.7 ? { signal } : {});
                if (random.next() < 0.4) throw new Error('chance');
              } finally {
                running.delete(id);
              }
            },
            { concurrency: 2, backoff: constant(20), maxAttempts: 3 },
          );
          return opened;
        };
        let now = await open();
        const ids: string[] = [];
        const cancelling: Promise<void>[] = [];
        for (const each of steps) {
          const { queue, clock } = now;
          if (each.do === 'add') ids.push((await queue.add(ids.length, each)).id);
          else if (each.do === 'pass') await clock.advance(each.ms);
          else if (each.do === 'pause') await queue.pause();
          else if (each.do === 'resume') await queue.resume();
          else if (each.do === 'reopen') {
            await Promise.all(cancelling);
            await clock.run(queue.close());
            now = await open();
          } else {
            const id = ids[each.job % (ids.length || 1)];
            if (id === undefined) continue;
            cancelling.push(queue.cancel(id).then((is) => void (is && cancelled.add(id))));
          }
        }
        await Promise.all(cancelling);
        await now.queue.resume();
        await now.clock.advance(20_000);
        for (const id of ids) {
          const job = await now.queue.get(id);
          expect(job?.state).toMatch(cancelled.has(id) ? /^cancelled$/ : /^(completed|dead)$/);
          if (job?.state === 'dead') expect(job.attempts).toBe(3);
          expect(job?.attempts).toBe(begun.get(id) ?? 0);
          await now.queue.wait(id).catch((error: unknown) => {
            expect(isCancelled(error)).toBe(cancelled.has(id));
          });
        }
        const counts = await now.queue.counts();
        expect(counts).toMatchObject({ waiting: 0, delayed: 0, running: 0, cancelled: cancelled.size });
        expect(counts.completed + counts.dead).toBe(ids.length - cancelled.size);
        await now.clock.run((now.queue as JobQueue).close());
        expect(now.clock.waitingTimers).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});

it.each<Partial<InProcessQueueOptions>>([
  { name: '' },
  { name: 'a/b' },
  { name: 'a:b' },
  { name: 'x'.repeat(65) },
  { ownerTtlMs: 99 },
  { waitForOwnerMs: -1 },
  { keepMs: 10 },
  { keepCount: 0 },
  { maxDataBytes: 0.5 },
])('options out of range are refused: %j', async (wrong) => {
  await expect(inProcessQueue({ name: 'work', store: memoryStore(), ...wrong })).rejects.toThrow(RangeError);
});

it('a store that is none is refused', async () => {
  await expect(inProcessQueue({ name: 'work', store: {} as Store })).rejects.toThrow(TypeError);
});
