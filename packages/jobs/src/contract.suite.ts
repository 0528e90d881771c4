import {
  constant,
  defineFaults,
  fault,
  isCancelled,
  type Signal,
  Signals,
  severity,
  systemClock,
} from '@sustain/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import type { Job, JobQueue, JobRun, ProcessOptions } from './contract.ts';
import { jobsFaults } from './jobs-faults.ts';
import type { QueueOptions } from './queue-options.ts';

/** State of its own for the queues of one test. */
export interface QueueState {
  /** Opens the queue. Only after the one before is closed, unless many may share it. */
  readonly open: (options?: Partial<QueueOptions>) => Promise<JobQueue>;
  /** Whether several may have the queue open at once. */
  readonly isShared: boolean;
  /** Takes the state away. All queues are closed before. */
  readonly dispose: () => Promise<void>;
}

/** What every job queue promises, as tests: call it in a test file of the driver. It needs Vitest. */
export function jobsSuite(driver: string, setUp: () => Promise<QueueState>): void {
  const states: { readonly state: QueueState; readonly queues: JobQueue[] }[] = [];

  afterEach(async () => {
    for (const { state, queues } of states.splice(0)) {
      await Promise.all(queues.map((queue) => queue.close()));
      await state.dispose();
    }
  });

  async function fresh(options?: Partial<QueueOptions>) {
    const state = await setUp();
    const queues: JobQueue[] = [];
    states.push({ state, queues });
    const open = async (more?: Partial<QueueOptions>) => {
      const queue = await state.open({ ...options, ...more });
      queues.push(queue);
      return queue;
    };
    return { queue: await open(), open, isShared: state.isShared };
  }

  describe(`${driver}: a job`, () => {
    it('is done, and its result and its data are what JSON makes of them', async () => {
      const { queue } = await fresh();
      const seen: unknown[] = [];
      await queue.process((job) => {
        seen.push(job.data);
        return { twice: (job.data as { value: number }).value * 2, at: undefined };
      });
      const data = { value: 21, text: 'ä\u2028🎧"\\', list: [null, {}], at: new Date(0) };
      const { id } = await queue.add(data);
      expect(await queue.wait(id)).toEqual({ twice: 42 });
      expect(seen).toEqual([{ ...data, at: '1970-01-01T00:00:00.000Z' }]);
      expect(await queue.get(id)).toMatchObject({ id, state: 'completed', attempts: 1, priority: 0 });
    });

    it('that answers nothing has answered null', async () => {
      const { queue } = await fresh();
      await queue.process(() => undefined);
      expect(await queue.wait((await queue.add(null)).id)).toBeNull();
    });

    it('is there when nobody processes, and is done when somebody does', async () => {
      const { queue } = await fresh();
      const { id } = await queue.add(1);
      expect(await queue.get(id)).toMatchObject({ state: 'waiting', attempts: 0, data: 1 });
      await queue.process(() => 'done');
      expect(await queue.wait(id)).toBe('done');
    });

    it('that waits is there after closing and opening again', async () => {
      const { queue, open } = await fresh();
      const { id } = await queue.add('later', { priority: 3 });
      await queue.close();
      const again = await open();
      expect(await again.get(id)).toMatchObject({ state: 'waiting', data: 'later', priority: 3 });
      await again.process((job) => job.data);
      expect(await again.wait(id)).toBe('later');
    });

    it('that does not exist is undefined, and not to be waited for', async () => {
      const { queue } = await fresh();
      expect(await queue.get('nobody')).toBeUndefined();
      await expect(queue.wait('nobody')).rejects.toSatisfy(jobsFaults.JOB_NOT_FOUND.matches);
      expect(await queue.cancel('nobody')).toBe(false);
      expect(await queue.retryDead('nobody')).toBe(false);
      expect(await queue.remove('nobody')).toBe(false);
    });

    it('runs in the operation that it was added for', async () => {
      const { queue } = await fresh();
      const operation = { id: 'f'.repeat(32), name: 'answer turn' };
      const seen = run<{ id: string; name: string }>();
      await queue.process((job) => seen.resolve(job.operation));
      const { id } = await queue.add(1, { operation });
      expect(await seen.promise).toMatchObject(operation);
      expect((await queue.get(id))?.operationId).toBe(operation.id);
    });
  });

  describe(`${driver}: an idempotency key`, () => {
    it('makes one job, however many use it at once', async () => {
      const { queue, open, isShared } = await fresh();
      const other = isShared ? await open() : queue;
      let runs = 0;
      await queue.process(() => ++runs);
      const idempotencyKey = '7: Größe/🎧 "x"';
      const added = await Promise.all(
        Array.from({ length: 20 }, (_, at) => [queue, other][at % 2]?.add(at, { idempotencyKey })),
      );
      const ids = new Set(added.map((job) => job?.id));
      expect(ids.size).toBe(1);
      expect(await queue.wait([...ids][0] as string)).toBe(1);
      expect(runs).toBe(1);
    });

    it('answers the same job after it has ended, also in another process', async () => {
      const { queue, open } = await fresh();
      let runs = 0;
      await queue.process(() => ++runs);
      const { id } = await queue.add('first', { idempotencyKey: '42' });
      await queue.wait(id);
      expect(await queue.add('second', { idempotencyKey: '42' })).toEqual({ id });
      await queue.close();
      const again = await open();
      await again.process(() => ++runs);
      expect(await again.add('third', { idempotencyKey: '42' })).toEqual({ id });
      expect(await again.wait(id)).toBe(1);
      expect((await again.get(id))?.data).toBe('first');
      expect(runs).toBe(1);
    });

    it('is free again when its job is removed', async () => {
      const { queue } = await fresh();
      let runs = 0;
      await queue.process(() => ++runs);
      const { id } = await queue.add(1, { idempotencyKey: 'k' });
      await queue.wait(id);
      expect(await queue.remove(id)).toBe(true);
      expect(await queue.get(id)).toBeUndefined();
      expect(await queue.remove(id)).toBe(false);
      expect(await queue.wait((await queue.add(1, { idempotencyKey: 'k' })).id)).toBe(2);
    });
  });

  describe(`${driver}: the order`, () => {
    it('is by priority, the greater first, and of coming within one', async () => {
      const { queue } = await fresh();
      const order: unknown[] = [];
      const priorities = [0, 5, 1000, 5, 0, 1, 1000, 0];
      let last = '';
      for (const [at, priority] of priorities.entries()) {
        last = (await queue.add(`${priority}:${at}`, { priority })).id;
      }
      await queue.process((job) => void order.push(job.data));
      await queue.wait(last);
      expect(order).toEqual(['1000:2', '1000:6', '5:1', '5:3', '1:5', '0:0', '0:4', '0:7']);
    });

    it('stays over closing and opening again', async () => {
      const { queue, open } = await fresh();
      for (let at = 0; at < 5; at++) await queue.add(at);
      await queue.close();
      const again = await open();
      const { id } = await again.add(5);
      await again.add('first', { priority: 1 });
      const order: unknown[] = [];
      await again.process((job) => void order.push(job.data));
      await again.wait(id);
      expect(order).toEqual(['first', 0, 1, 2, 3, 4, 5]);
    });

    it('lets a delayed job come when its time has, and not before', async () => {
      const { queue } = await fresh();
      const addedMs = systemClock.monotonicMs();
      await queue.process(() => systemClock.monotonicMs() - addedMs);
      const { id } = await queue.add(1, { delayMs: 1000 });
      const { id: now } = await queue.add(2);
      expect(await queue.get(id)).toMatchObject({ state: 'delayed', dueWallMs: expect.any(Number) });
      const ranMs = await queue.wait(id);
      expect(ranMs).toBeGreaterThanOrEqual(999);
      expect(await queue.wait(now)).toBeLessThan(ranMs as number);
    });

    it('has as many running at once as are allowed, and no more', async () => {
      const { queue } = await fresh();
      let running = 0;
      let most = 0;
      await queue.process(
        async () => {
          most = Math.max(most, ++running);
          await systemClock.sleep(20);
          running--;
        },
        { concurrency: 3 },
      );
      const jobs = await Promise.all(Array.from({ length: 10 }, () => queue.add(null)));
      await Promise.all(jobs.map(({ id }) => queue.wait(id)));
      expect(most).toBe(3);
    });
  });

  describe(`${driver}: a failure`, () => {
    it('is tried again, after the backoff, up to the attempts', async () => {
      const { queue } = await fresh();
      const attempts: number[] = [];
      await queue.process((job) => {
        attempts.push(job.attempt);
        if (job.attempt < 3) throw new Error(`no. ${job.attempt}`);
        return 'at last';
      }, quick);
      const { id } = await queue.add(1);
      const states: string[] = [];
      for await (const job of queue.watch(id)) {
        states.push(job.state);
        if (job.state === 'delayed') expect(job.error?.message).toMatch(/no\. [12]/);
      }
      expect(attempts).toEqual([1, 2, 3]);
      expect(states.at(-1)).toBe('completed');
      expect(await queue.wait(id)).toBe('at last');
      expect(await queue.get(id)).toMatchObject({ attempts: 3 });
    });

    it('whose fault says that it is no use is not tried again: the job is dead, with the reason', async () => {
      const { queue } = await fresh();
      const cause = new Error('the ground');
      await queue.process(() => {
        throw faults.HOPELESS({ phrase: 7 }, { cause });
      }, quick);
      const { id } = await queue.add({ phrase: 7 });
      const error = await queue.wait(id).catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        code: 'JOB_DEAD',
        context: { id, attempts: 1, reason: 'phrase 7 is hopeless' },
        cause: { system: 'test', code: 'HOPELESS', context: { phrase: 7 }, cause: { message: 'the ground' } },
      });
      expect(await queue.get(id)).toMatchObject({ state: 'dead', attempts: 1, error: { code: 'HOPELESS' } });
    });

    it.each([
      ['an error', new TypeError('mine')],
      ['a text', 'thrown text'],
      ['nothing', undefined],
    ])('that is %s is recorded as a fault', async (_what, thrown) => {
      const { queue } = await fresh();
      await queue.process(
        () => {
          throw thrown;
        },
        { ...quick, maxAttempts: 1 },
      );
      const { id } = await queue.add(1);
      await expect(queue.wait(id)).rejects.toSatisfy(jobsFaults.JOB_DEAD.matches);
      const job = await queue.get(id);
      expect(job).toMatchObject({
        state: 'dead',
        error: { system: 'kernel', code: 'UNEXPECTED', context: { error: expect.any(String) } },
      });
    });

    it('leads to the dead letters, page by page, from where a job can be tried again', async () => {
      const { queue } = await fresh();
      let isFixed = false;
      await queue.process(
        (job) => {
          if (!isFixed) throw new Error(`broken ${job.data}`);
          return job.attempt;
        },
        { ...quick, maxAttempts: 2 },
      );
      const ids: string[] = [];
      for (let at = 0; at < 5; at++) {
        const { id } = await queue.add(at);
        ids.push(id);
        await queue.wait(id).catch(() => undefined);
      }
      const seen: unknown[] = [];
      let after: string | undefined;
      do {
        const page = await queue.deadLetters({ limit: 2, after });
        expect(page.jobs.length).toBeLessThanOrEqual(2);
        seen.push(...page.jobs.map(({ id, data, error, attempts }) => [id, data, error.message, attempts]));
        after = page.next;
      } while (after !== undefined);
      const ofJob = (id: string, at: number) => [id, at, expect.stringContaining(`broken ${at}`), 2];
      expect(seen).toEqual(ids.map(ofJob));
      isFixed = true;
      const [first = '', second = ''] = ids;
      expect(await queue.retryDead(first)).toBe(true);
      expect(await queue.wait(first)).toBe(1);
      expect(await queue.retryDead(first)).toBe(false);
      expect(await queue.remove(second)).toBe(true);
      expect((await queue.deadLetters()).jobs.map(({ id }) => id)).toEqual(ids.slice(2));
    });

    it('of a result that JSON cannot carry, or that is too large, is one', async () => {
      const { queue } = await fresh({ maxDataBytes: 1000 });
      const results: unknown[] = [1n, 'x'.repeat(1001), () => 1];
      await queue.process((job) => results[job.data as number], quick);
      for (const [at, code] of ['JOB_DATA_INVALID', 'JOB_DATA_TOO_LARGE', 'JOB_DATA_INVALID'].entries()) {
        const { id } = await queue.add(at);
        await expect(queue.wait(id)).rejects.toMatchObject({ cause: { code } });
        expect(await queue.get(id)).toMatchObject({ state: 'dead', attempts: 1 });
      }
    });
  });

  describe(`${driver}: a job that nobody wants any more`, () => {
    it('never runs when it waits, also for its time', async () => {
      const { queue } = await fresh();
      const ran: unknown[] = [];
      const { id: waiting } = await queue.add('waiting', { idempotencyKey: 'w' });
      const { id: delayed } = await queue.add('delayed', { delayMs: 3_600_000 });
      expect(await queue.cancel(waiting, 'changed my mind')).toBe(true);
      expect(await queue.cancel(delayed)).toBe(true);
      expect(await queue.cancel(waiting)).toBe(true);
      expect(await queue.get(waiting)).toMatchObject({ state: 'cancelled', reason: 'changed my mind' });
      const { id: last } = await queue.add('last');
      await queue.process((job) => void ran.push(job.data));
      await queue.wait(last);
      expect(ran).toEqual(['last']);
      expect(await queue.add('again', { idempotencyKey: 'w' })).toEqual({ id: waiting });
      const error = await queue.wait(waiting).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'JOB_CANCELLED', context: { reason: 'changed my mind' } });
      expect(isCancelled(error)).toBe(true);
      expect(await queue.counts()).toMatchObject({
        waiting: 0,
        delayed: 0,
        cancelled: 2,
        completed: 1,
        dead: 0,
      });
    });

    it('is told so while it runs, and ends as cancelled once its handler has ended', async () => {
      const { queue, open, isShared } = await fresh();
      const other = isShared ? await open() : queue;
      const started = run<JobRun>();
      const mayEnd = run<void>();
      await queue.process(async (job) => {
        started.resolve(job);
        await new Promise((resolve) => job.signal.addEventListener('abort', resolve));
        await mayEnd.promise;
        throw job.signal.reason;
      }, quick);
      const { id } = await queue.add(1);
      const { signal } = await started.promise;
      expect(await other.cancel(id, 'enough')).toBe(true);
      await until(() => signal.aborted);
      expect(signal.reason).toMatchObject({ code: 'JOB_CANCELLED', context: { id, reason: 'enough' } });
      expect(await queue.get(id)).toMatchObject({ state: 'running', isCancelling: true });
      mayEnd.resolve();
      await expect(other.wait(id)).rejects.toSatisfy(jobsFaults.JOB_CANCELLED.matches);
      expect(await queue.get(id)).toMatchObject({ state: 'cancelled', reason: 'enough', attempts: 1 });
      expect((await queue.deadLetters()).jobs).toEqual([]);
    });

    it.each([
      ['succeeds all the same', () => 'done'],
      [
        'fails of something else',
        () => {
          throw new Error('late');
        },
      ],
    ])('ends as cancelled also when its handler %s', async (_how, end) => {
      const { queue } = await fresh();
      const started = run<void>();
      await queue.process(async ({ signal }) => {
        started.resolve();
        await until(() => signal.aborted);
        return end();
      }, quick);
      const { id } = await queue.add(1);
      await started.promise;
      expect(await queue.cancel(id)).toBe(true);
      await expect(queue.wait(id)).rejects.toSatisfy(jobsFaults.JOB_CANCELLED.matches);
    });

    it('cannot be cancelled when it has ended', async () => {
      const { queue } = await fresh();
      await queue.process(() => 'done');
      const { id } = await queue.add(1);
      await queue.wait(id);
      expect(await queue.cancel(id)).toBe(false);
      expect(await queue.get(id)).toMatchObject({ state: 'completed', result: 'done' });
    });

    it('does not run again when it waits for its next attempt', async () => {
      const { queue } = await fresh();
      let runs = 0;
      await queue.process(
        () => {
          runs++;
          throw new Error('once');
        },
        { backoff: constant(60_000) },
      );
      const { id } = await queue.add(1);
      await untilState(queue, id, 'delayed');
      expect(await queue.cancel(id)).toBe(true);
      expect(await queue.get(id)).toMatchObject({ state: 'cancelled', attempts: 1 });
      expect(runs).toBe(1);
    });

    it('is either cancelled or done, whenever the cancelling comes', async () => {
      const { queue } = await fresh();
      const ran = new Set<string>();
      await queue.process((job) => void ran.add(job.id), { concurrency: 4 });
      const jobs = await Promise.all(Array.from({ length: 40 }, (_, at) => queue.add(at)));
      const answers = await Promise.all(jobs.map(({ id }, at) => at % 2 === 0 && queue.cancel(id)));
      for (const [at, { id }] of jobs.entries()) {
        const outcome = await queue.wait(id).then(
          () => 'completed',
          (error: unknown) => (isCancelled(error) ? 'cancelled' : error),
        );
        expect(outcome).toBe(answers[at] ? 'cancelled' : 'completed');
        if (outcome === 'completed') expect(ran.has(id)).toBe(true);
      }
    });
  });

  describe(`${driver}: those who watch`, () => {
    it('see how far a job is, and its end', async () => {
      const { queue, open, isShared } = await fresh();
      const other = isShared ? await open() : queue;
      const seen = run<void>();
      await queue.process(async (job) => {
        job.progress({ done: 0.25 });
        job.progress({ done: 0.5 });
        await seen.promise;
        return 'end';
      });
      const { id } = await queue.add(1);
      const told: Job[] = [];
      for await (const job of other.watch(id)) {
        told.push(job);
        if (job.state === 'running' && (job.progress as { done: number })?.done === 0.5) seen.resolve();
      }
      expect(told.at(-1)).toMatchObject({ state: 'completed', result: 'end', progress: { done: 0.5 } });
    });

    it('may stop, by leaving or by their signal, and nothing of them stays', async () => {
      const { queue } = await fresh();
      const { id } = await queue.add(1);
      for await (const job of queue.watch(id)) {
        expect(job.state).toBe('waiting');
        break;
      }
      const controller = new AbortController();
      const { signal } = controller;
      let listeners = 0;
      const { addEventListener, removeEventListener } = signal;
      signal.addEventListener = (...args: unknown[]) => {
        listeners++;
        return addEventListener.apply(signal, args as never);
      };
      signal.removeEventListener = (...args: unknown[]) => {
        listeners--;
        return removeEventListener.apply(signal, args as never);
      };
      const waiting = queue.wait(id, { signal });
      controller.abort(new Error('no longer'));
      await expect(waiting).rejects.toThrow('no longer');
      await expect(queue.wait(id, { signal })).rejects.toThrow('no longer');
      expect(listeners).toBe(0);
      expect(await queue.get(id)).toMatchObject({ state: 'waiting' });
    });

    it('are told of the job that has ended before they came', async () => {
      const { queue } = await fresh();
      await queue.process(() => 1);
      const { id } = await queue.add(1);
      await queue.wait(id);
      expect(await Promise.all([queue.wait(id), queue.wait(id)])).toEqual([1, 1]);
    });

    it('hear the signals of a job in their order', async () => {
      const signals = new Signals();
      const told: string[] = [];
      signals.onAny(({ type, source, data }: Signal<unknown>) => {
        told.push(`${source} ${type} ${(data as { id: string }).id.length > 0}`);
      });
      const { queue } = await fresh({ signals });
      await queue.process((job) => {
        if (job.attempt === 1) throw new Error('once');
      }, quick);
      await queue.wait((await queue.add(1)).id);
      await until(() => told.length >= 5);
      const types = ['added', 'started', 'retried', 'started', 'completed'];
      expect(told).toEqual(types.map((type) => `${queue.name} jobs.${type} true`));
    });
  });

  describe(`${driver}: pausing`, () => {
    it('lets what runs end, and nothing begin, until it is resumed', async () => {
      const { queue } = await fresh();
      const started = run<void>();
      const mayEnd = run<void>();
      await queue.process(async (job) => {
        if (job.data === 'first') {
          started.resolve();
          await mayEnd.promise;
        }
        return job.data;
      });
      const { id } = await queue.add('first');
      await started.promise;
      await queue.pause();
      const { id: second } = await queue.add('second');
      mayEnd.resolve();
      expect(await queue.wait(id)).toBe('first');
      await systemClock.sleep(100);
      expect(await queue.get(second)).toMatchObject({ state: 'waiting' });
      expect(await queue.counts()).toMatchObject({ waiting: 1, running: 0, completed: 1 });
      await queue.resume();
      expect(await queue.wait(second)).toBe('second');
    });

    it('outlives closing', async () => {
      const { queue, open } = await fresh();
      await queue.pause();
      const { id } = await queue.add(1);
      await queue.close();
      const again = await open();
      await again.process(() => 'done');
      await systemClock.sleep(100);
      expect(await again.get(id)).toMatchObject({ state: 'waiting' });
      await again.resume();
      expect(await again.wait(id)).toBe('done');
    });
  });

  describe(`${driver}: closing`, () => {
    it('interrupts what runs, which is resumed by the next, and that attempt does not count', async () => {
      const { queue, open } = await fresh();
      const started = run<JobRun>();
      await queue.process(
        async (job) => {
          started.resolve(job);
          await until(() => job.signal.aborted);
          throw job.signal.reason;
        },
        { ...quick, maxAttempts: 1 },
      );
      const { id } = await queue.add('work');
      const first = await started.promise;
      expect(first).toMatchObject({ attempt: 1, isResumed: false });
      await queue.close();
      expect(first.signal.reason).toMatchObject({ code: 'JOB_INTERRUPTED' });
      const again = await open();
      expect(await again.get(id)).toMatchObject({ state: 'waiting', attempts: 0 });
      await again.process((job) => ({ attempt: job.attempt, isResumed: job.isResumed }), { maxAttempts: 1 });
      expect(await again.wait(id)).toEqual({ attempt: 1, isResumed: true });
    });

    it('lets what runs end within the grace', async () => {
      const { queue, open } = await fresh();
      const started = run<void>();
      await queue.process(async (job) => {
        started.resolve();
        await systemClock.sleep(150);
        return job.signal.aborted;
      });
      const { id } = await queue.add(1);
      const { id: second } = await queue.add(2);
      await started.promise;
      await queue.close({ graceMs: 10_000 });
      const again = await open();
      expect(await again.get(id)).toMatchObject({ state: 'completed', result: false });
      expect(await again.get(second)).toMatchObject({ state: 'waiting' });
    });

    it('is final, may be repeated, and ends all waiting', async () => {
      const { queue } = await fresh();
      const { id } = await queue.add(1);
      const waiting = queue.wait(id);
      const ended = expect(waiting).rejects.toSatisfy(jobsFaults.QUEUE_CLOSED.matches);
      await systemClock.sleep(20);
      await Promise.all([queue.close(), queue.close()]);
      await ended;
      for (const call of [
        () => queue.add(1),
        () => queue.get(id),
        () => queue.cancel(id),
        () => queue.wait(id),
        () => queue.counts(),
        () => queue.pause(),
        () => queue.deadLetters(),
        () => queue.process(() => 1),
      ]) {
        await expect(call()).rejects.toSatisfy(jobsFaults.QUEUE_CLOSED.matches);
      }
    });
  });

  describe(`${driver}: what is kept`, () => {
    it('are the last of those that have ended, and their keys', async () => {
      const { queue } = await fresh({ keepCount: 3, keepDeadCount: 2 });
      await queue.process((job) => {
        if (job.data === 'dead') throw faults.HOPELESS({ phrase: 1 });
      });
      const ids: string[] = [];
      for (let at = 0; at < 6; at++) {
        const { id } = await queue.add(at, { idempotencyKey: `${at}` });
        await queue.wait(id);
        ids.push(id);
      }
      for (let at = 0; at < 4; at++) {
        await queue.wait((await queue.add('dead')).id).catch(() => undefined);
        const { id } = await queue.add('cancelled', { delayMs: 60_000 });
        await queue.cancel(id);
      }
      await until(async () => (await queue.get(ids[2] as string)) === undefined);
      const there = await Promise.all(ids.map(async (id) => (await queue.get(id)) !== undefined));
      expect(there).toEqual([false, false, false, true, true, true]);
      expect(await queue.counts()).toMatchObject({ completed: 3, dead: 2, cancelled: 3 });
      const { id } = await queue.add('anew', { idempotencyKey: '0' });
      await queue.wait(id);
      expect((await queue.get(id))?.data).toBe('anew');
    });
  });

  describe(`${driver}: what cannot be`, () => {
    it('is data that JSON cannot carry, or too much of it', async () => {
      const { queue } = await fresh({ maxDataBytes: 100 });
      const circle: unknown[] = [];
      circle.push(circle);
      for (const data of [1n, circle, () => 1, Symbol('s')]) {
        await expect(queue.add(data)).rejects.toSatisfy(jobsFaults.JOB_DATA_INVALID.matches);
      }
      await expect(queue.add('ä'.repeat(50))).rejects.toMatchObject({
        code: 'JOB_DATA_TOO_LARGE',
        context: { sizeBytes: 102, limitBytes: 100, what: 'data' },
      });
      expect(await queue.counts()).toMatchObject({ waiting: 0 });
    });

    it.each([
      { priority: -1 },
      { priority: 1001 },
      { priority: 0.5 },
      { delayMs: -1 },
      { delayMs: Number.NaN },
      { delayMs: Number.POSITIVE_INFINITY },
      { idempotencyKey: '' },
      { idempotencyKey: 'x'.repeat(513) },
    ])('is a job with %j', async (options) => {
      const { queue } = await fresh();
      await expect(queue.add(1, options)).rejects.toThrow(RangeError);
      expect(await queue.counts()).toMatchObject({ waiting: 0, delayed: 0 });
    });

    it('is processing with options out of range, or twice', async () => {
      const { queue } = await fresh();
      for (const options of [{ concurrency: 0 }, { maxAttempts: 1.5 }]) {
        await expect(queue.process(() => 1, options)).rejects.toThrow(RangeError);
      }
      await expect(queue.process(undefined as never)).rejects.toThrow(TypeError);
      await queue.process(() => 1);
      await expect(queue.process(() => 1)).rejects.toSatisfy(jobsFaults.ALREADY_PROCESSING.matches);
    });

    it('is progress that JSON cannot carry, or too much of it: the handler learns', async () => {
      const { queue } = await fresh();
      const wrong: unknown[] = [1n, 'x'.repeat(16_385)];
      await queue.process((job) => job.progress(wrong[job.data as number]), quick);
      for (const at of wrong.keys()) {
        const { id } = await queue.add(at);
        await expect(queue.wait(id)).rejects.toMatchObject({ cause: { context: { what: 'progress' } } });
      }
    });

    it('is a page of dead letters from nowhere', async () => {
      const { queue } = await fresh();
      for (const options of [{ limit: 0 }, { limit: 101 }, { after: 'x' }, { after: '1:../x' }]) {
        await expect(queue.deadLetters(options)).rejects.toThrow(RangeError);
      }
    });

    it('is a call that nobody wants any more', async () => {
      const { queue } = await fresh();
      const signal = AbortSignal.abort(new Error('no longer'));
      await expect(queue.add(1, { signal })).rejects.toThrow('no longer');
      await expect(queue.get('x', { signal })).rejects.toThrow('no longer');
      expect(await queue.counts()).toMatchObject({ waiting: 0 });
    });
  });
}

/** In one object: they are nobody's faults to document. */
const { faults } = {
  faults: defineFaults('test', {
    HOPELESS: fault<{ phrase: number }>({
      category: 'test',
      severity: severity.ERROR,
      recovery: 'none',
      message: ({ phrase }) => `phrase ${phrase} is hopeless`,
    }),
  }),
};

const quick: ProcessOptions = { backoff: constant(10), maxAttempts: 3 };

function run<T>() {
  return Promise.withResolvers<T>();
}

/** Asks until it is so. The test's own time limit ends it. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await systemClock.sleep(5);
}

async function untilState(queue: JobQueue, id: string, state: string): Promise<void> {
  for await (const job of queue.watch(id)) if (job.state === state) return;
}
