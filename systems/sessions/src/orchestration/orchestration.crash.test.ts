import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { systemRandom } from '@sustain/kernel';
import { describe, it, type TestContext } from 'vitest';
import { type CrashPlace, key, LONG_MS, openFilm, SHORT_MS } from './crash-place.fixture.ts';
import { forgetQueue } from './forget-queue.fixture.ts';
import type { Run } from './index.ts';

const url = process.env['REDIS_URL'];
if (url === undefined && process.env['CI']) throw new Error('REDIS_URL is missing');

type Ends = TestContext['onTestFinished'];

async function onSqlite(ends: Ends): Promise<CrashPlace> {
  const path = await mkdtemp(join(tmpdir(), 'orchestration-'));
  ends(() => rm(path, { recursive: true }));
  return { sessions: join(path, 'sessions.db'), jobs: { driver: 'in-process', path: join(path, 'jobs.db') } };
}

async function onRedis(ends: Ends): Promise<CrashPlace> {
  const { sessions } = await onSqlite(ends);
  const name = `films-${systemRandom.next().toString(36).slice(2)}`;
  ends(() => forgetQueue(url as string, name));
  return { sessions, jobs: { driver: 'bullmq', url: url as string, name } };
}

/** A process that works at the run until that is over. */
function filmProcess(ends: Ends, place: CrashPlace, runId: string, ttlMs: number) {
  const module = join(import.meta.dirname, 'fixtures', 'film-process.ts');
  const child = spawn(process.execPath, [module, JSON.stringify([place, runId, ttlMs])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  ends(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const lines: Record<string, unknown>[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(JSON.parse(line)));
  return {
    pid: child.pid,
    lines,
    exited,
    async stageOf(name: string) {
      while (!lines.some(({ stage }) => stage === name)) await once(reader, 'line');
    },
    kill: () => child.kill('SIGKILL'),
  };
}

async function start(place: CrashPlace, poison: boolean): Promise<string> {
  const { manager, orchestrator, close } = await openFilm(place, () => undefined);
  await manager.createSession(key);
  const { runId } = await orchestrator.start({ key, orchestration: 'film', input: { poison } });
  await close();
  return runId;
}

async function kept(place: CrashPlace): Promise<readonly Run[]> {
  const { orchestrator, close } = await openFilm(place, () => undefined);
  const runs = await orchestrator.runs(key);
  await close();
  return runs;
}

describe.concurrent('a run', () => {
  it.for([
    ['in process on SQLite', onSqlite, false],
    ['on Redis by BullMQ', onRedis, url === undefined],
  ] as const)(
    'of a process that is killed with SIGKILL in its second stage, %s, is left to the next, which goes on there, and does the first no more',
    async ([_where, placeOf, isMissing], { expect, onTestFinished: ends, skip }) => {
      skip(isMissing, 'there is no Redis');
      const place = await placeOf(ends);
      const runId = await start(place, false);
      const first = filmProcess(ends, place, runId, SHORT_MS);
      await first.stageOf('shoot');
      first.kill();
      expect(await first.exited).toEqual([null, 'SIGKILL']);
      const script = `script by ${first.pid}`;
      const second = filmProcess(ends, place, runId, LONG_MS);
      expect(await second.exited).toEqual([0, null]);
      expect([...first.lines, ...second.lines]).toEqual([
        { stage: 'script', attempt: 1, isResumed: false, results: {} },
        { stage: 'shoot', attempt: 1, isResumed: false, results: { script } },
        { stage: 'shoot', attempt: 2, isResumed: true, results: { script } },
        { stage: 'cut', attempt: 1, isResumed: false, results: { script, shoot: 'shot' } },
      ]);
      expect(await kept(place)).toMatchObject([
        {
          state: 'completed',
          attempts: 2,
          stages: [
            { result: script, attempts: 1 },
            { result: 'shot', attempts: 2 },
            { result: `cut by ${second.pid}` },
          ],
        },
      ]);
    },
  );

  it('whose stage kills its process again and again fails after its attempts, and the session says so', async ({
    expect,
    onTestFinished: ends,
  }) => {
    const place = await onSqlite(ends);
    const runId = await start(place, true);
    const attempts: unknown[] = [];
    for (let processes = 1; ; processes++) {
      const one = filmProcess(ends, place, runId, processes < 3 ? SHORT_MS : LONG_MS);
      const [code, signal] = await one.exited;
      attempts.push(...one.lines.filter(({ stage }) => stage === 'shoot').map(({ attempt }) => attempt));
      if (signal === null) {
        expect([code, processes]).toEqual([0, 3]);
        break;
      }
      expect(signal).toBe('SIGKILL');
    }
    expect(attempts).toEqual([1, 2]);
    expect(await kept(place)).toMatchObject([
      {
        state: 'failed',
        error: { code: 'ORCHESTRATION_FAILED', stage: 'shoot' },
        stages: [{ state: 'completed', attempts: 1 }, { state: 'failed', attempts: 2 }, { state: 'waiting' }],
      },
    ]);
  });
});
