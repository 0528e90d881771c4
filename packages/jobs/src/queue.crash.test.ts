import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { systemRandom } from '@sustain/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { openQueue, type Place } from './crash-queue.fixture.ts';
import { nonce } from './job-id.ts';

const url = process.env['REDIS_URL'];
if (url === undefined && process.env['CI']) throw new Error('REDIS_URL is missing');

const children = new Set<ChildProcess>();
const folders: string[] = [];

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function inProcess(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'jobs-'));
  folders.push(folder);
  return { driver: 'in-process', path: join(folder, 'jobs.db') };
}

async function onRedis(): Promise<Place> {
  return { driver: 'bullmq', url: url as string, prefix: `jobs-${nonce(systemRandom)}` };
}

/** A process that works at the queue until these jobs are over. */
function worker(place: Place, ids: readonly string[]) {
  const module = join(import.meta.dirname, 'fixtures', 'worker-process.ts');
  const child = spawn(process.execPath, [module, JSON.stringify([place, ids])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const lines: Record<string, unknown>[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(JSON.parse(line)));
  return {
    lines,
    exited,
    async firstLine() {
      if (lines.length === 0) await once(reader, 'line');
    },
    kill: () => child.kill('SIGKILL'),
  };
}

async function addTo(place: Place, data: readonly string[]): Promise<string[]> {
  const { queue, close } = await openQueue(place);
  const ids: string[] = [];
  for (const each of data) ids.push((await queue.add(each)).id);
  await close();
  return ids;
}

async function jobsOf(place: Place, ids: readonly string[]) {
  const { queue, close } = await openQueue(place);
  const jobs = await Promise.all(ids.map((id) => queue.get(id)));
  await close();
  return jobs;
}

describe.each([
  ['in process on SQLite', inProcess, false],
  ['on Redis by BullMQ', onRedis, url === undefined],
] as const)('a process that is killed with SIGKILL, %s,', (_where, placeOf, isMissing) => {
  describe.skipIf(isMissing)('', () => {
    it('leaves what ran to the next, which is told so, and what waited as it was', async () => {
      const place = await placeOf();
      const ids = await addTo(place, ['hang', 'plain']);
      const first = worker(place, ids);
      await first.firstLine();
      first.kill();
      expect(await first.exited).toEqual([null, 'SIGKILL']);
      expect(first.lines).toEqual([{ id: ids[0], data: 'hang', attempt: 1, isResumed: false }]);
      const second = worker(place, ids);
      expect(await second.exited).toEqual([0, null]);
      expect(second.lines).toContainEqual({ id: ids[0], data: 'hang', attempt: 2, isResumed: true });
      expect(second.lines).toContainEqual({ id: ids[1], data: 'plain', attempt: 1, isResumed: false });
      expect(await jobsOf(place, ids)).toMatchObject([
        { state: 'completed', result: 'hang done', attempts: 2 },
        { state: 'completed', result: 'plain done', attempts: 1 },
      ]);
    });

    it('by its job, again and again, has a poison job: it is dead after its attempts, and the rest is done', async () => {
      const place = await placeOf();
      const ids = await addTo(place, ['poison', 'plain']);
      const attempts: unknown[] = [];
      for (;;) {
        const one = worker(place, ids);
        const [code, signal] = await one.exited;
        attempts.push(...one.lines.filter(({ data }) => data === 'poison').map(({ attempt }) => attempt));
        if (signal === null) {
          expect(code).toBe(0);
          break;
        }
        expect(signal).toBe('SIGKILL');
      }
      expect(attempts).toEqual([1, 2, 3]);
      expect(await jobsOf(place, ids)).toMatchObject([
        { state: 'dead', attempts: 3, error: { code: 'JOB_CRASHED' } },
        { state: 'completed', result: 'plain done' },
      ]);
    });
  });
});
