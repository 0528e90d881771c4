import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { sessionFaults } from '../faults.ts';
import { faults, films, inProcess, key, stateOf } from './films.fixture.ts';
import { orchestrationEnded, orchestrationProgress, orchestrationStarted, type WatchedRun } from './index.ts';
import { orchestrationQueueSuite } from './orchestration-queue.suite.ts';

/** What may be wrong with a request to start, and which field says so. */
const WRONG: readonly (readonly [field: string, request: object])[] = [
  ['orchestration', { orchestration: 'toString' }],
  ['input.title', { input: {} }],
  ['input', { input: 'Rain' }],
  ['input.scenes', { input: { title: 'Rain', scenes: 10 } }],
  ['input.at', { input: { title: 'Rain', at: new Date(0) } }],
  ['input.__proto__', { input: JSON.parse('{"__proto__":{"title":"x"}}') }],
  ['input', { input: { title: 'x'.repeat(40_000) } }],
  ['sessionId', { key: { ...key, sessionId: '../s-1' } }],
  ['userId', { key: { appName: 'studio', sessionId: 's-1' } }],
  ['appName', { key: undefined }],
  ['idempotencyKey', { idempotencyKey: '' }],
];

const film = films(inProcess);
orchestrationQueueSuite('in process', inProcess);

describe('a run', () => {
  it('does its stages in order, each with the results before it, and the session keeps them', async () => {
    const seen: unknown[] = [];
    const it = await film({
      script: ({ input, session, results }) => {
        seen.push([input, session.state['mood'], results]);
        return { pages: 3 };
      },
      shoot: ({ results }) => void seen.push(results),
      cut: ({ results, attempt, isResumed }) => {
        seen.push([results, attempt, isResumed]);
        return 'done';
      },
    });
    const { runId } = await it.start(it.orchestrator);
    const run = await it.orchestrator.wait(runId);
    expect(seen).toEqual([
      [{ title: 'Rain', scenes: 1 }, 'calm', {}],
      { script: { pages: 3 } },
      [{ script: { pages: 3 }, shoot: null }, 1, false],
    ]);
    expect(run).toMatchObject({
      state: 'completed',
      runId,
      orchestration: 'film',
      attempts: 1,
      stages: [
        { name: 'script', state: 'completed', result: { pages: 3 }, attempts: 1, isFallback: false },
        { name: 'shoot', state: 'completed', result: null },
        { name: 'cut', state: 'completed', result: 'done' },
      ],
    });
    expect((await stateOf(it))[`orchestration:${runId}`]).toEqual(run);
    expect(await it.orchestrator.get(runId)).toEqual(run);
    expect(await it.orchestrator.runs(key)).toEqual([run]);
  });

  it('is told with its session: when it begins, how far it is, how it ends', async () => {
    const it = await film({ script: ({ progress }) => progress(0.5), cut: () => 1 });
    const { runId } = await it.start(it.orchestrator);
    await it.orchestrator.wait(runId);
    const about = ({ type }: { type: string }) => it.told.filter((signal) => signal.type === type);
    expect(about(orchestrationStarted)).toMatchObject([
      { source: 'film', data: { runId, key, attempt: 1, isResumed: false, stage: 'script' } },
    ]);
    expect(about(orchestrationProgress).map(({ data }) => data)).toEqual(
      [
        { stage: 'script', number: 1, of: 2, percent: 0 },
        { stage: 'script', number: 1, of: 2, percent: 25 },
        { stage: 'cut', number: 2, of: 2, percent: 50 },
        { stage: 'cut', number: 2, of: 2, percent: 100 },
      ].map((progress) => ({ runId, key, ...progress })),
    );
    expect(about(orchestrationEnded)).toMatchObject([{ data: { runId, state: 'completed', attempts: 1 } }]);
  });

  it.each<[unknown, string]>([
    [1.1, 'RangeError'],
    [-0.1, 'RangeError'],
    [Number.NaN, 'RangeError'],
    ['half', 'TypeError'],
  ])('is not told that it is at %s: who says so hears it, and the run fails', async (ratio, message) => {
    const it = await film({ script: ({ progress }) => progress(ratio as number) });
    const { runId } = await it.start(it.orchestrator);
    expect(await it.orchestrator.wait(runId)).toMatchObject({ state: 'failed', error: { message } });
    const percents = it.told.filter(({ type }) => type === orchestrationProgress.type);
    expect(percents).toMatchObject([{ data: { percent: 0 } }]);
  });

  it('is watched from its beginning to its end, and what is seen only grows', async () => {
    const gate = Promise.withResolvers<void>();
    const it = await film({
      script: async ({ progress }) => {
        progress(0.5);
        await gate.promise;
      },
      cut: () => 1,
    });
    const { runId } = await it.start(it.orchestrator);
    const seen: WatchedRun[] = [];
    for await (const watched of it.orchestrator.watch(runId)) {
      seen.push(watched);
      if (watched.progress?.percent === 25) gate.resolve();
    }
    const percents = seen.flatMap(({ progress }) => progress?.percent ?? []);
    expect(percents).toContain(25);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    expect(seen.at(-1)?.run.state).toBe('completed');
  });

  it('that does not exist is undefined, not cancelled, and not to be waited for', async () => {
    const { orchestrator } = await film({ cut: () => 1 });
    expect(await orchestrator.get('nobody')).toBeUndefined();
    expect(await orchestrator.cancel('nobody')).toBe(false);
    expect(await orchestrator.retry('nobody')).toBe(false);
    await expect(orchestrator.wait('nobody')).rejects.toSatisfy(sessionFaults.RUN_NOT_FOUND.matches);
  });
});

describe('S4-42, S4-47: before a run is added', () => {
  it('everything is checked: what is wrong is refused by its name, and nothing is kept', async () => {
    const { orchestrator, queue, manager, start } = await film({ cut: () => 1 });
    for (const [field, request] of WRONG) {
      const error: unknown = await start(orchestrator, request).catch((thrown: unknown) => thrown);
      expect(error).toSatisfy(sessionFaults.SESSION_REQUEST_INVALID.matches);
      expect(error).toMatchObject({ context: { field } });
    }
    expect(Object.values(await queue.counts())).toEqual([0, 0, 0, 0, 0, 0]);
    expect((await manager.getSession(key)).revision).toBe(1);
  });

  it('a session that does not exist is SESSION_NOT_FOUND, and nothing is added', async () => {
    const { orchestrator, queue, start } = await film({ cut: () => 1 });
    const elsewhere = { key: { ...key, sessionId: 'other' } };
    await expect(start(orchestrator, elsewhere)).rejects.toSatisfy(sessionFaults.SESSION_NOT_FOUND.matches);
    expect(Object.values(await queue.counts())).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('a session with runs', () => {
  it('can be changed by its users all the while: neither loses anything, or waits for the other', async () => {
    let isOver = false;
    const it = await film({ script: () => 1, shoot: () => 2, cut: () => 3 });
    let changes = 0;
    const user = async (name: string) => {
      for (let count = 1; !isOver; count++) {
        await it.manager.updateSessionState(key, { set: { [name]: count } });
        changes++;
        await setImmediate();
      }
    };
    const users = [user('a'), user('b'), user('c')];
    const runs = await Promise.all([1, 2, 3].map(() => it.start(it.orchestrator)));
    for (const { runId } of runs) {
      expect(await it.orchestrator.wait(runId)).toMatchObject({ state: 'completed' });
    }
    isOver = true;
    await Promise.all(users);
    const { revision } = await it.manager.getSession(key);
    expect(changes).toBeGreaterThan(0);
    // Each run: added, begun, and its three stages. Whether it was recorded as added depends on who was faster.
    expect(revision - 1 - changes).toBeGreaterThanOrEqual(3 * 4);
    expect(revision - 1 - changes).toBeLessThanOrEqual(3 * 5);
  });

  it('whose record of a run somebody takes out, has that run fail rather than do all again', async () => {
    const it = await film({
      script: () => 1,
      shoot: async ({ runId }) => {
        await it.manager.updateSessionState(key, { remove: [`orchestration:${runId}`] });
      },
      cut: () => 1,
    });
    const { runId } = await it.start(it.orchestrator);
    expect(await it.orchestrator.wait(runId)).toMatchObject({
      state: 'failed',
      error: { code: 'ORCHESTRATION_FAILED' },
    });
    expect(it.ran).toEqual(['script', 'shoot']);
  });

  it('whose record somebody takes out between two attempts, has that run fail rather than begin anew', async () => {
    const it = await film({
      script: () => 1,
      shoot: async ({ runId }) => {
        await it.manager.updateSessionState(key, { remove: [`orchestration:${runId}`] });
        throw faults.BUSY({ token: 'secret' });
      },
    });
    const { runId } = await it.start(it.orchestrator);
    const failed = {
      runId,
      state: 'failed',
      error: { code: 'ORCHESTRATION_FAILED', message: expect.stringContaining('has taken its record out') },
    };
    expect(await it.orchestrator.wait(runId)).toMatchObject(failed);
    expect(await it.orchestrator.runs(key)).toMatchObject([failed]);
    expect(it.told.filter(({ type }) => type === orchestrationEnded.type)).toMatchObject([
      { data: { runId } },
    ]);
    expect(it.ran).toEqual(['script', 'shoot', 'shoot']);
  });

  it('whose record somebody has taken out, lets that run be cancelled', async () => {
    const begun = Promise.withResolvers<void>();
    const it = await film({
      shoot: ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
          begun.resolve();
        }),
    });
    const { runId } = await it.start(it.orchestrator);
    await begun.promise;
    await it.manager.updateSessionState(key, { remove: [`orchestration:${runId}`] });
    expect(await it.orchestrator.cancel(runId, 'enough')).toBe(true);
    expect(await it.orchestrator.wait(runId)).toMatchObject({ state: 'cancelled', reason: 'enough' });
  });
});
