import { Worker } from 'node:worker_threads';
import { createOperation, runInOperation, SimulatedClock, seededRandom, systemClock } from '@sustain/kernel';
import { useAsyncOperations } from '@sustain/kernel/node';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import type { Write } from '../backend.ts';
import { storeFaults } from '../contract.ts';
import type { Batch } from './messages.ts';
import { SqliteBackend } from './sqlite-backend.ts';
import { type TestFile, testFile } from './test-file.fixture.ts';

let file: TestFile;
const backends: SqliteBackend[] = [];

beforeEach(async () => {
  file = await testFile();
});

afterEach(async () => {
  await Promise.all(backends.splice(0).map((backend) => backend.close()));
  await file.dispose();
});

function open({ maxInFlight = 10_000, operationTtlMs = 1000, clock = systemClock } = {}): SqliteBackend {
  const settings = {
    path: file.path,
    isSynced: true,
    busyTimeoutMs: 1000,
    operationTtlMs,
    maxSizeBytes: null,
  };
  const backend = new SqliteBackend({ name: 'sqlite', settings, maxInFlight, clock });
  backends.push(backend);
  return backend;
}

function write(key: string, more: Partial<Write> = {}): Write {
  return {
    key,
    text: 'text',
    expected: undefined,
    ttlMs: undefined,
    operationId: undefined,
    guard: undefined,
    ...more,
  };
}

it('writes of a thread that is killed have happened, or their outcome is unknown, and then it works again', async () => {
  const backend = open();
  const random = seededRandom(11);
  const acknowledged: string[] = [];
  const codes: string[] = [];
  for (let round = 0; round < 5; round++) {
    await backend.write(write(`begin/${round}`)); // the thread is there to be killed
    const writes = Array.from({ length: 300 }, async (_, at) => {
      const key = `key/${round}/${at}`;
      try {
        await backend.write(write(key));
        acknowledged.push(key);
      } catch (error) {
        codes.push((error as { code: string }).code);
      }
    });
    await systemClock.sleep(random.next() * 4);
    await backend.thread.kill();
    await Promise.all(writes);
  }
  expect([...new Set(codes)]).toEqual(['OUTCOME_UNKNOWN']);
  const listed = await backend.list('key/', undefined, 10_000);
  const keys = new Set(listed.map(({ key }) => key));
  expect(acknowledged.filter((key) => !keys.has(key))).toEqual([]);
});

it('a failure names the operation of who asked, and not of who was there when the thread was started', async () => {
  onTestFinished(useAsyncOperations());
  const backend = open();
  const within = (name: string, work: () => Promise<unknown>) => {
    const operation = createOperation(name);
    return { operation, done: runInOperation(operation, work) };
  };
  await within('the first', () => backend.write(write('first'))).done;
  const asked = ['this', 'that'].map((key) => within(key, () => backend.list(key, undefined, 10)));
  const killed = new Promise((resolve) => process.nextTick(() => resolve(backend.thread.kill())));
  for (const { operation, done } of asked) {
    await expect(done).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', operationId: operation.id });
  }
  await killed;
});

it('reads of a thread that is killed are unavailable, which says that they can be repeated', async () => {
  const backend = open();
  await backend.write(write('a'));
  const list = backend.list('', undefined, 10);
  const killed = new Promise((resolve) => process.nextTick(() => resolve(backend.thread.kill())));
  await expect(list).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
  await killed;
  expect(await backend.list('', undefined, 10)).toHaveLength(1);
});

it('more requests than may wait are refused, and those that wait are answered', async () => {
  const backend = open({ maxInFlight: 10 });
  const results = await Promise.allSettled(
    Array.from({ length: 12 }, (_, at) => backend.write(write(`${at}`))),
  );
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  expect(results[11]).toMatchObject({ reason: { code: 'STORE_UNAVAILABLE' } });
  await backend.write(write('later'));
});

it('a write that is cancelled before it was sent does not happen, and leaves no listener', async () => {
  const backend = open();
  const controller = new AbortController();
  const added = vi.spyOn(controller.signal, 'addEventListener');
  const removed = vi.spyOn(controller.signal, 'removeEventListener');
  await backend.write(write('done'), controller.signal);
  const writing = backend.write(write('cancelled'), controller.signal);
  controller.abort(new Error('enough'));
  await expect(writing).rejects.toThrow('enough');
  expect(await backend.get('cancelled')).toBeUndefined();
  expect((await backend.get('done'))?.text).toBe('text');
  expect(removed).toHaveBeenCalledTimes(added.mock.calls.length);
});

it('closing waits for what is under way, and refuses what comes after', async () => {
  const backend = open();
  const writes = Array.from({ length: 2000 }, (_, at) => backend.write(write(`key/${at}`)));
  await Promise.all([backend.close(), backend.close()]);
  expect(await Promise.all(writes)).toHaveLength(2000);
  await expect(backend.write(write('a'))).rejects.toSatisfy(storeFaults.STORE_CLOSED.matches);
  expect(await open().list('key/', undefined, 5000)).toHaveLength(2000);
});

it('writes that come together are one transaction', async () => {
  const backend = open();
  await backend.write(write('a'));
  const frames = () =>
    file.raw((database) => database.prepare('PRAGMA wal_checkpoint').get()?.['log'] as number);
  const before = frames();
  await Promise.all(Array.from({ length: 100 }, () => backend.write(write('a'))));
  expect(frames() - before).toBeLessThan(10); // a transaction for each would have written 300 pages
});

it('what came of an operation is forgotten after its time, also what was not there to be deleted', async () => {
  const clock = new SimulatedClock();
  const backend = open({ clock, operationTtlMs: 1000 });
  const remove = write('a', { text: undefined, operationId: 'delete' });
  expect(await backend.write(remove)).toEqual({ outcome: 'absent' });
  const first = await backend.write(write('a', { operationId: 'set' }));
  await clock.advance(999);
  expect(await backend.write(remove)).toEqual({ outcome: 'absent' });
  expect(await backend.write(write('a', { operationId: 'set' }))).toEqual(first);
  await clock.advance(1);
  expect(await backend.write(write('a', { operationId: 'set' }))).not.toEqual(first);
  expect(await backend.write(remove)).toMatchObject({ outcome: 'written' });
});

it('what has expired, was deleted or is remembered does not pile up', async () => {
  const clock = new SimulatedClock();
  const backend = open({ clock });
  for (let round = 0; round < 20; round++) {
    await Promise.all(
      Array.from({ length: 300 }, (_, at) =>
        backend.write(write(`${round}/${at}`, { ttlMs: 10, operationId: `${round}/${at}` })),
      ),
    );
    await backend.write(write(`${round}/0`, { text: undefined }));
    await clock.advance(60_000);
  }
  const rows = (table: string) =>
    file.raw(
      (database) => database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows'] as number,
    );
  expect(rows('entry')).toBeLessThan(1500);
  expect(rows('operation')).toBeLessThan(1000);
});

it('who has not heard of what was swept is told that something is missing', async () => {
  const clock = new SimulatedClock();
  const backend = open({ clock });
  await backend.write(write('a'));
  const heard: string[] = [];
  const stop = await backend.subscribe({
    changed: (key) => heard.push(key),
    missed: () => heard.push('missed'),
  });
  const change = (sql: string) => file.raw((database) => database.exec(sql));
  change("UPDATE history SET revision = 5; INSERT INTO entry (key, revision) VALUES ('b', 5)");
  await clock.advance(15);
  expect(heard).toEqual(['b']);
  change('UPDATE history SET revision = 9, forgotten = 7');
  await clock.advance(15);
  expect(heard).toEqual(['b', 'missed']);
  await clock.advance(100);
  expect(heard).toEqual(['b', 'missed']);
  stop();
  change("UPDATE history SET revision = 10; INSERT INTO entry (key, revision) VALUES ('c', 10)");
  await clock.advance(100);
  expect(heard).toEqual(['b', 'missed']);
});

it('its thread starts without loading the kernel, which would take half a second', async () => {
  const module = new URL('./database-worker.ts', import.meta.url);
  const loads = new Worker(
    `const { registerHooks } = require('node:module');
     const { parentPort } = require('node:worker_threads');
     const loaded = [];
     registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
     import(${JSON.stringify(module.href)}).then(() => parentPort.postMessage({ loaded }));`,
    { eval: true, workerData: {}, execArgv: [] },
  );
  const loaded = await new Promise<string[]>((resolve, reject) => {
    loads.on('message', (message) => message.loaded && resolve(message.loaded));
    loads.on('error', reject);
  });
  await loads.terminate();
  expect(loaded.length).toBeGreaterThan(5);
  expect(loaded.filter((url) => !url.startsWith('node:') && !url.includes('/sqlite/'))).toEqual([]);
});

it('halves of what is under way become equal, however they began, and all is answered in order', async () => {
  const backend = open();
  await backend.write(write('begin'));
  const run = vi.spyOn(Worker.prototype, 'postMessage');
  const revisions: number[] = [];
  const client = async (at: number) => {
    for (let round = 0; round < 30; round++) {
      const written = await backend.write(write(`${at}`));
      revisions.push((written as { revision: number }).revision);
    }
  };
  const most = Array.from({ length: 40 }, (_, at) => client(at));
  await new Promise(process.nextTick);
  const few = Array.from({ length: 8 }, (_, at) => client(40 + at));
  await Promise.all([...most, ...few]);
  const sizes = run.mock.calls.map(([message]) => (message as Batch).requests.keys.length);
  run.mockRestore();
  expect(sizes.slice(0, 2)).toEqual([40, 8]);
  expect(new Set(sizes.slice(10, 40))).toEqual(new Set([24]));
  expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
  expect(revisions.length).toBe(48 * 30);
});

it('clients that go on when they are answered keep the thread busy while they ask', async () => {
  const backend = open();
  const run = vi.spyOn(Worker.prototype, 'postMessage');
  const clients = Array.from({ length: 64 }, async (_, at) => {
    for (let round = 0; round < 20; round++) await backend.write(write(`${at}`));
  });
  await Promise.all(clients);
  const sizes = run.mock.calls.map(([message]) => (message as Batch).requests.keys.length);
  run.mockRestore();
  expect(sizes.slice(0, 3)).toEqual([64, 32, 32]);
  expect(Math.max(...sizes.slice(1))).toBeLessThan(64);
});
