import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { findRedis, redisServer } from '@sustain/drills';
import { constant, Fault, Signals, systemClock, systemRandom } from '@sustain/kernel';
import { storeFaults } from '@sustain/stores/contract';
import { Queue } from 'bullmq';
import { createClient } from 'redis';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobQueue, JobRun } from '../contract.ts';
import { jobId, nonce } from '../job-id.ts';
import { jobsFaults } from '../jobs-faults.ts';
import { jobsAdded, jobsDisturbed } from '../jobs-signals.ts';
import type { BullmqQueueOptions } from './bullmq-options.ts';
import { bullmqQueue } from './index.ts';
import { loadPeer } from './redis-client.ts';

// Complaints about BullMQ, and Bull before it, by their numbers there, on a Redis of its own.

const isMissing = findRedis() === undefined;
if (isMissing && process.env['CI']) throw new Error('redis-server is missing');

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function server(settings: Readonly<Record<string, string>> = {}) {
  const started = redisServer({ settings });
  ends.push(() => started.close());
  await started.start();
  return started;
}

async function open(url: string, options: Partial<BullmqQueueOptions> = {}): Promise<JobQueue> {
  const queue = await bullmqQueue({
    name: 'traps',
    url,
    commandTimeoutMs: 500,
    maxReconnectMs: 100,
    ...options,
  });
  ends.push(() => queue.close());
  return queue;
}

async function raw(url: string) {
  const client = createClient({ url });
  await client.connect();
  ends.push(async () => client.destroy());
  return client;
}

/** The address of a way to a server, on which `hold` may let an answer wait. */
async function through(url: string, hold: (answer: Buffer) => Promise<void> | undefined): Promise<string> {
  const way = createServer((client) => {
    const there = connect(Number(new URL(url).port), '127.0.0.1');
    client.pipe(there);
    let last = Promise.resolve();
    there.on('data', (answer) => {
      last = Promise.all([last, hold(answer)]).then(() => void client.write(answer));
    });
    for (const socket of [client, there]) socket.on('error', () => socket.destroy());
    client.on('close', () => there.destroy());
    there.on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  ends.push(async () => way.close());
  await once(way, 'listening');
  return `redis://127.0.0.1:${(way.address() as AddressInfo).port}`;
}

async function clientsOf(client: Awaited<ReturnType<typeof raw>>): Promise<number> {
  return String(await client.sendCommand(['CLIENT', 'LIST']))
    .trim()
    .split('\n').length;
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await systemClock.sleep(10);
}

/** Until a watch that begins now has begun, so that those before have. */
async function untilHeard(queue: JobQueue, id: string): Promise<void> {
  for await (const _ of queue.watch(id)) return;
}

const isAway = (error: unknown) =>
  storeFaults.STORE_UNAVAILABLE.matches(error) || storeFaults.OUTCOME_UNKNOWN.matches(error);

describe.skipIf(isMissing)('on a Redis that fails,', () => {
  it('adding does not wait for ever (bullmq#995), and nothing unhandled ends the process (bullmq#239)', async () => {
    const redis = await server();
    const signals = new Signals();
    let disturbances = 0;
    signals.on(jobsDisturbed, () => disturbances++);
    const queue = await open(redis.url, { signals });
    await queue.process(() => 1);
    await redis.kill();
    const begunMs = systemClock.monotonicMs();
    for (let at = 0; at < 3; at++) await expect(queue.add(at)).rejects.toSatisfy(isAway);
    await expect(queue.get('x')).rejects.toSatisfy(storeFaults.STORE_UNAVAILABLE.matches);
    await expect(queue.counts()).rejects.toSatisfy(storeFaults.STORE_UNAVAILABLE.matches);
    expect(systemClock.monotonicMs() - begunMs).toBeLessThan(10_000);
    await until(() => disturbances > 0);
  });

  it('workers go on after it was restarted (bullmq#2466, #2964, #648), and waits that began before end', async () => {
    const redis = await server();
    const queue = await open(redis.url);
    await queue.process((job) => job.data, { backoff: constant(10) });
    expect(await queue.wait((await queue.add('before')).id)).toBe('before');
    const { id } = await queue.add('later', { delayMs: 1500 });
    const waiting = queue.wait(id);
    await untilHeard(queue, id);
    await redis.restart();
    await until(async () =>
      queue.counts().then(
        () => true,
        () => false,
      ),
    );
    expect(await waiting).toBe('later');
    expect(await queue.wait((await queue.add('after')).id)).toBe('after');
  });

  it('closing does not wait for ever when it goes away meanwhile (bullmq#2430)', async () => {
    const redis = await server();
    const queue = await open(redis.url);
    const started = Promise.withResolvers<JobRun>();
    await queue.process(async (job) => {
      started.resolve(job);
      await until(() => job.signal.aborted);
    });
    await queue.add(1);
    await started.promise;
    const closing = queue.close({ graceMs: 200 });
    await redis.kill();
    await closing;
    expect((await started.promise).signal.reason).toMatchObject({ code: 'JOB_INTERRUPTED' });
  });

  it('one that does not answer is not waited for, and its credentials are told nowhere', async () => {
    const redis = await server();
    await (await raw(redis.url)).configSet('requirepass', 'geheim');
    const url = redis.url.replace('//', '//:falsch%21@');
    const wrong = await open(url, { connectTimeoutMs: 1000 }).catch((error: unknown) => error);
    expect(wrong).toSatisfy(storeFaults.STORE_UNAVAILABLE.matches);
    expect(JSON.stringify(wrong)).not.toMatch(/falsch|geheim/);
    const queue = await open(redis.url.replace('//', '//:geheim@'));
    redis.pause();
    const late = await queue.add(1).catch((error: unknown) => error);
    expect(late).toSatisfy(storeFaults.OUTCOME_UNKNOWN.matches);
    expect(late).toBeInstanceOf(Fault);
    expect(JSON.stringify(late)).not.toMatch(/geheim/);
    redis.resume();
  });

  it('one that does not tell what happens is not listened to, and nothing of those who tried stays', async () => {
    const redis = await server();
    const queue = await open(redis.url, { connectTimeoutMs: 500 });
    const { id } = await queue.add(1);
    const client = await raw(redis.url);
    const before = await clientsOf(client);
    for (let at = 0; at < 2; at++) {
      // It answers to connecting, and not what happened last.
      await client.sendCommand(['ACL', 'SETUSER', 'default', '-xrevrange']);
      await expect(queue.wait(id)).rejects.toSatisfy(storeFaults.STORE_UNAVAILABLE.matches);
    }
    await until(async () => (await clientsOf(client)) === before);
    await client.sendCommand(['ACL', 'SETUSER', 'default', '+xrevrange']);
    await queue.process((job) => job.data);
    expect(await queue.wait(id)).toBe(1);
  });

  it('a write that was done is not told as not done as it cannot be told whether it was the first', async () => {
    const redis = await server();
    const signals = new Signals();
    signals.on(jobsAdded, () => undefined);
    let broken = 0;
    const way = createServer((client) => {
      const there = connect(Number(new URL(redis.url).port), '127.0.0.1');
      there.pipe(client);
      client.on('data', (data) => {
        if (!data.includes('$4\r\nHGET\r\n')) return there.write(data);
        broken++;
        return client.destroy();
      });
      for (const socket of [client, there]) socket.on('error', () => socket.destroy());
      client.on('close', () => there.destroy());
    }).listen(0, '127.0.0.1');
    ends.push(async () => way.close());
    await once(way, 'listening');
    const url = `redis://127.0.0.1:${(way.address() as AddressInfo).port}`;
    const queue = await open(url, { signals });
    const { id } = await queue.add(1, { idempotencyKey: 'k' });
    expect(broken).toBe(1);
    expect(await (await open(redis.url)).get(id)).toMatchObject({ state: 'waiting' });
  });

  it('waiting for what cannot be heard yet ends with its signal', async () => {
    const redis = await server();
    const queue = await open(redis.url, { connectTimeoutMs: 600_000 });
    const { id } = await queue.add(1);
    redis.pause();
    try {
      const aborting = new AbortController();
      const { signal } = aborting;
      const endings = [
        queue.wait(id, { signal }),
        queue.watch(id, { signal })[Symbol.asyncIterator]().next(),
      ];
      const ended = Promise.allSettled(endings);
      await systemClock.sleep(10);
      aborting.abort(new Error('enough'));
      for (const ending of await ended) expect(ending).toMatchObject({ reason: { message: 'enough' } });
    } finally {
      redis.resume();
    }
  });

  it('a dead job that could not be let wait again keeps what it died of', async () => {
    const redis = await server();
    const queue = await open(redis.url);
    const error = jobsFaults.JOB_NOT_FOUND({ queue: 'another', id: 'x' });
    await queue.process(() => Promise.reject(error), { maxAttempts: 1 });
    const { id } = await queue.add(1);
    await queue.wait(id).catch(() => undefined);
    const client = await raw(redis.url);
    await client.sendCommand(['ACL', 'SETUSER', 'default', '-evalsha']);
    await expect(queue.retryDead(id)).rejects.toSatisfy(storeFaults.STORE_UNAVAILABLE.matches);
    expect(await queue.get(id)).toMatchObject({ state: 'dead', error: { code: 'JOB_NOT_FOUND' } });
    await client.sendCommand(['ACL', 'SETUSER', 'default', '+evalsha']);
    expect(await queue.retryDead(id)).toBe(true);
  });

  it('one that throws jobs away when its memory is full is refused', async () => {
    const redis = await server({ maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru' });
    const refused = open(redis.url);
    await expect(refused).rejects.toSatisfy(storeFaults.DURABILITY_NOT_GIVEN.matches);
    await expect(refused).rejects.toThrow('noeviction');
  });
});

describe.skipIf(isMissing)('on a Redis that works,', () => {
  it('ids are never numbers, and have no colon, whatever the keys', async () => {
    for (const key of ['7', '1:2', '0', 'a:b:c:d', '-1'])
      expect(jobId(key, systemRandom)).toMatch(/^k-[\da-f]{40}$/);
    const redis = await server();
    const queue = await open(redis.url);
    const ids = await Promise.all(
      ['7', '1:2', '12'].map(async (key) => (await queue.add(key, { idempotencyKey: key })).id),
    );
    expect(new Set(ids).size).toBe(3);
    expect(await queue.counts()).toMatchObject({ waiting: 3 });
  });

  it('a job that is retried keeps its priority (bull#1755, #1505)', async () => {
    const redis = await server();
    const queue = await open(redis.url);
    const order: unknown[] = [];
    const jobs = [];
    for (const [data, priority] of [
      ['low', 1],
      ['high', 9],
      ['low too', 1],
    ] as const) {
      jobs.push(await queue.add(data, { priority }));
    }
    await queue.process(
      async (job) => {
        order.push(`${job.data} ${job.attempt}`);
        if (job.data === 'high' && job.attempt === 1) throw new Error('once');
        if (job.data === 'low') await systemClock.sleep(200);
      },
      { backoff: constant(0) },
    );
    await Promise.all(jobs.map(({ id }) => queue.wait(id)));
    expect(order).toEqual(['high 1', 'low 1', 'high 2', 'low too 1']);
  });

  it('waiting ends when the job is removed (bullmq#2341, #85), and hears what happens while it begins (bullmq#2874)', async () => {
    const redis = await server();
    const [queue, other] = [await open(redis.url), await open(redis.url)];
    await queue.process((job) => job.data);
    for (let at = 0; at < 20; at++) {
      const fresh = at < 3 ? await open(redis.url) : other;
      const { id } = await queue.add(at);
      expect(await fresh.wait(id)).toBe(at);
    }
    const { id } = await other.add('never', { delayMs: 3_600_000 });
    const waiting = expect(other.wait(id)).rejects.toSatisfy(jobsFaults.JOB_NOT_FOUND.matches);
    const bull = new Queue('traps', { connection: (await raw(redis.url)) as never, prefix: 'sustain-jobs' });
    ends.push(() => bull.close());
    await systemClock.sleep(50);
    await (await bull.getJob(id))?.remove();
    await waiting;
  });

  it('a process whose event loop was blocked does not run its job twice at once, and what it lost is dropped (bullmq#439)', async () => {
    const redis = await server();
    const queue = await open(redis.url, { stalledAfterMs: 500 });
    let running = 0;
    let most = 0;
    const runs: { attempt: number; isResumed: boolean; isLost: () => boolean }[] = [];
    await queue.process(
      async ({ attempt, isResumed, signal }) => {
        runs.push({ attempt, isResumed, isLost: () => jobsFaults.JOB_LOST.matches(signal.reason) });
        most = Math.max(most, ++running);
        if (attempt === 1) {
          const client = await raw(redis.url);
          const endMs = systemClock.monotonicMs() + 1500;
          while (systemClock.monotonicMs() < endMs) JSON.parse('{}');
          await client.del(`sustain-jobs:traps:${id}:lock`);
          await until(() => signal.aborted);
          await systemClock.sleep(1000);
        }
        running--;
        return `attempt ${attempt}`;
      },
      { concurrency: 4 },
    );
    const { id } = await queue.add(1);
    expect(await queue.wait(id)).toBe('attempt 2');
    expect(most).toBe(1);
    expect(runs).toMatchObject([
      { attempt: 1, isResumed: false },
      { attempt: 2, isResumed: true },
    ]);
    expect(runs[0]?.isLost()).toBe(true);
  });

  it.each([
    ['completed', () => 'done', 'cancelled'],
    ['given up', () => Promise.reject(jobsFaults.JOB_NOT_FOUND({ queue: 'another', id: 'x' })), 'cancelled'],
    [
      'to be retried',
      () => Promise.reject(storeFaults.STORE_UNAVAILABLE({ store: 's', reason: 'x' })),
      'delayed',
    ],
  ])(
    'a job that is cancelled in the moment in which it is %s ends as cancelled',
    async (_how, end, unheard) => {
      const redis = await server();
      const late = Promise.withResolvers<void>();
      const url = await through(redis.url, (data) =>
        data.includes('sustain:cancel-requested') ? late.promise : undefined,
      );
      const [queue, other] = [await open(url), await open(redis.url)];
      const answers: boolean[] = [];
      await queue.process(
        async ({ id }) => {
          answers.push(await other.cancel(id, 'enough'));
          return end();
        },
        { backoff: constant(3_600_000) },
      );
      const { id } = await queue.add(1);
      await until(async () => (await other.counts()).running === 0);
      expect(answers).toEqual([true]);
      expect(await other.retryDead(id)).toBe(false);
      expect((await other.get(id))?.state).toBe(unheard);
      late.resolve();
      await expect(other.wait(id)).rejects.toMatchObject({
        code: 'JOB_CANCELLED',
        context: { reason: 'enough' },
      });
      await until(async () => (await other.counts()).cancelled === 1);
      expect(await other.counts()).toMatchObject({ completed: 0, dead: 0, delayed: 0, cancelled: 1 });
    },
  );

  it('a dead job that two let wait again at once does so once, and nobody is told another thing', async () => {
    const redis = await server();
    const queue = await open(redis.url);
    let runs = 0;
    await queue.process(
      () => {
        if (++runs === 1) throw new Error('once');
      },
      { maxAttempts: 1 },
    );
    const { id } = await queue.add(1);
    await queue.wait(id).catch(() => undefined);
    const answers = await Promise.all([queue.retryDead(id), queue.retryDead(id), queue.retryDead(id)]);
    expect(answers.filter(Boolean)).toHaveLength(1);
    await queue.wait(id);
    expect(runs).toBe(2);
  });

  it('closing while a watch or the work begins leaves no connection behind', async () => {
    const redis = await server();
    const client = await raw(redis.url);
    const before = await clientsOf(client);
    for (let at = 0; at < 5; at++) {
      const queue = await open(redis.url);
      const { id } = await queue.add(at);
      const waiting = expect(queue.wait(id)).rejects.toSatisfy(jobsFaults.QUEUE_CLOSED.matches);
      const working = expect(queue.process(() => 1)).rejects.toSatisfy(jobsFaults.QUEUE_CLOSED.matches);
      await queue.close();
      await Promise.all([waiting, working]);
    }
    await until(async () => (await clientsOf(client)) === before);
  });

  it('closing with a grace out of range is refused, and leaves the queue open', async () => {
    const redis = await server();
    const queue = await open(redis.url);
    await expect(queue.close({ graceMs: -1 })).rejects.toThrow(RangeError);
    await queue.add(1);
  });

  it('closing waits 5 s for handlers that do not heed their signals, and lets all their jobs wait again', async () => {
    const { url } = await server();
    const queue = await open(url);
    const deaf = Promise.withResolvers<void>();
    ends.push(async () => deaf.resolve());
    const bothRun = Promise.withResolvers<void>();
    let running = 0;
    await queue.process(
      () => {
        if (++running === 2) bothRun.resolve();
        return deaf.promise;
      },
      { concurrency: 2 },
    );
    await Promise.all([queue.add('one'), queue.add('another')]);
    await bothRun.promise;
    await queue.close();
    expect(await (await open(url)).counts()).toMatchObject({ waiting: 2, running: 0 });
  });

  it('what others have put into its failed jobs is told as well as can be', async () => {
    const redis = await server();
    const queue = await open(redis.url);
    await queue.process(
      () => {
        throw new Error('mine');
      },
      { maxAttempts: 1 },
    );
    const { id } = await queue.add(1);
    await queue.wait(id).catch(() => undefined);
    const client = await raw(redis.url);
    await client.hSet(`sustain-jobs:traps:${id}`, {
      stacktrace: '["Error: theirs\\n at x"]',
      failedReason: 'theirs',
    });
    expect(await queue.get(id)).toMatchObject({ state: 'dead', error: { message: 'Error: theirs' } });
  });
});

it.each<Partial<BullmqQueueOptions>>([
  { url: 'http://me:geheim@host' },
  { url: 'redis://me:geheim@host/x' },
  { url: 'redis://me:ge%heim@host' },
  { url: 'no url geheim' },
])('an address that is wrong is refused without repeating it: %j', async ({ url = '' }) => {
  const error = await bullmqQueue({ name: 'traps', url }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TypeError);
  expect(String(error) + JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/ge%?heim/);
});

it.each<Partial<BullmqQueueOptions>>([
  { prefix: 'a:b' },
  { prefix: '' },
  { stalledAfterMs: 499 },
  { commandTimeoutMs: 0 },
  { connectTimeoutMs: -1 },
  { maxInFlight: 1.5 },
  { maxReconnectMs: 0 },
  { name: 'a:b' },
])('options out of range are refused: %j', async (wrong) => {
  await expect(bullmqQueue({ name: 'traps', url: 'redis://127.0.0.1:1', ...wrong })).rejects.toThrow(
    RangeError,
  );
});

it('a package that is not installed is named with the cure', async () => {
  const missing = loadPeer('traps', 'no-such-peer', () => import(`${'no-such'}-peer-${nonce(systemRandom)}`));
  await expect(missing).rejects.toSatisfy(storeFaults.DRIVER_MISSING.matches);
});
