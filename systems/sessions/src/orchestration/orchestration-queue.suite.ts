import { describe, expect, it } from 'vitest';
import { faults, films, key, type OrchestrationState, stateOf } from './films.fixture.ts';
import { orchestrationEnded } from './index.ts';

/** What orchestrators promise that rests upon the queue, on that of this driver. */
export function orchestrationQueueSuite(driver: string, setUp: () => Promise<OrchestrationState>): void {
  const film = films(setUp);

  describe(`${driver}: S4-42, S4-47: a run that is asked for again`, () => {
    it('the same idempotency key is the same run, and another input with it is refused', async () => {
      const { orchestrator, ran, start } = await film({ cut: () => 1 });
      const same = { idempotencyKey: 'take 1' };
      const started = await Promise.all(Array.from({ length: 10 }, () => start(orchestrator, same)));
      const runId = started[0]?.runId as string;
      expect(new Set(started.map((run) => run.runId))).toEqual(new Set([runId]));
      await orchestrator.wait(runId);
      expect(await start(orchestrator, same)).toMatchObject({ runId, state: 'completed' });
      expect(ran).toEqual(['cut']);
      const other = start(orchestrator, { ...same, input: { title: 'Sun' } });
      await expect(other).rejects.toMatchObject({ context: { field: 'idempotencyKey' } });
    });
  });

  describe(`${driver}: S4-57: a run that has failed`, () => {
    it('for good can be retried by a person, and goes on there', async () => {
      let isBroken = true;
      const it = await film({
        script: () => 'kept',
        shoot: () => {
          if (isBroken) throw faults.BROKEN({});
          return 'shot';
        },
      });
      const { runId } = await it.start(it.orchestrator);
      expect(await it.orchestrator.wait(runId)).toMatchObject({ state: 'failed', error: { code: 'BROKEN' } });
      isBroken = false;
      expect(await it.orchestrator.retry(runId)).toBe(true);
      expect(await it.orchestrator.wait(runId)).toMatchObject({
        state: 'completed',
        stages: [{}, { result: 'shot' }],
      });
      expect(it.ran).toEqual(['script', 'shoot', 'shoot']);
      expect(await it.orchestrator.retry(runId)).toBe(false);
    });
  });

  describe(`${driver}: a run that nobody wants`, () => {
    it('ends as cancelled, not failed, while a stage runs: its signal aborts, and no other begins', async () => {
      const begun = Promise.withResolvers<void>();
      const ended = Promise.withResolvers<unknown>();
      const it = await film({
        shoot: ({ signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              ended.resolve(signal.reason.code);
              reject(signal.reason);
            });
            begun.resolve();
          }),
        cut: () => 1,
      });
      const { runId } = await it.start(it.orchestrator);
      await begun.promise;
      expect(await it.orchestrator.cancel(runId, 'the user has left')).toBe(true);
      expect(await it.orchestrator.wait(runId)).toMatchObject({
        state: 'cancelled',
        reason: 'the user has left',
        stages: [{ state: 'cancelled' }, { state: 'waiting' }],
      });
      expect(await ended.promise).toBe('JOB_CANCELLED');
      await expect(it.queue.wait(runId)).rejects.toMatchObject({ code: 'JOB_CANCELLED' });
      expect(it.ran).toEqual(['shoot']);
      expect(it.told.filter(({ type }) => type === 'fault.raised')).toEqual([]);
      expect(it.told.filter(({ type }) => type === orchestrationEnded.type)).toHaveLength(1);
    });

    it('never begins when it waits, and the session knows', async () => {
      const it = await film({ shoot: () => 1 }, { isIdle: true });
      const { runId } = await it.start(it.orchestrator);
      expect(await it.orchestrator.cancel(runId)).toBe(true);
      expect(await it.orchestrator.cancel(runId)).toBe(true);
      await it.orchestrator.process();
      expect(await it.orchestrator.wait(runId)).toMatchObject({ state: 'cancelled', reason: 'not told' });
      expect((await stateOf(it))[`orchestration:${runId}`]).toMatchObject({ state: 'cancelled' });
      expect(it.ran).toEqual([]);
    });

    it('is told why, in the first 500 characters of the reason', async () => {
      const it = await film({ shoot: () => 1 }, { isIdle: true });
      const { runId } = await it.start(it.orchestrator);
      expect(await it.orchestrator.cancel(runId, 'x'.repeat(501))).toBe(true);
      expect(await it.orchestrator.get(runId)).toMatchObject({ reason: 'x'.repeat(500) });
    });

    it('stays as it has ended', async () => {
      const it = await film({ shoot: () => 1 });
      const { runId } = await it.start(it.orchestrator);
      await it.orchestrator.wait(runId);
      expect(await it.orchestrator.cancel(runId)).toBe(false);
    });

    it('as its session was deleted is cancelled with SESSION_NOT_FOUND at the next step', async () => {
      const it = await film({
        script: async () => {
          await it.manager.deleteSession(key);
        },
        shoot: () => 1,
      });
      const { runId } = await it.start(it.orchestrator);
      await expect(it.queue.wait(runId)).rejects.toMatchObject({ code: 'JOB_CANCELLED' });
      const gone = { state: 'cancelled', error: { code: 'SESSION_NOT_FOUND' } };
      expect(await it.orchestrator.wait(runId)).toMatchObject(gone);
      expect(it.told.filter(({ type }) => type === orchestrationEnded.type)).toMatchObject([{ data: gone }]);
      expect(it.ran).toEqual(['script']);
    });
  });

  describe(`${driver}: a session with runs`, () => {
    it('keeps the last of them only, and takes no more at once', async () => {
      const it = await film({ cut: () => 1 }, { keepRuns: 2 });
      const ids: string[] = [];
      for (let count = 0; count < 4; count++) {
        const { runId } = await it.start(it.orchestrator);
        await it.orchestrator.wait(runId);
        ids.push(runId);
      }
      expect((await it.orchestrator.runs(key)).map(({ runId }) => runId)).toEqual(ids.slice(2));
      await it.queue.pause();
      await it.start(it.orchestrator);
      await it.start(it.orchestrator);
      await expect(it.start(it.orchestrator)).rejects.toMatchObject({
        code: 'SESSION_TOO_LARGE',
        context: { field: 'runs', limit: 2, got: 3 },
      });
    });
  });

  describe(`${driver}: a process that stops`, () => {
    it('puts its runs back, and the next goes on after the last finished stage; it counts as no attempt', async () => {
      const begun = Promise.withResolvers<void>();
      const seen: [number, boolean][] = [];
      const it = await film(
        {
          script: () => 'kept',
          shoot: ({ attempt, isResumed, signal, results }) => {
            seen.push([attempt, isResumed]);
            if (seen.length > 1) return results['script'];
            begun.resolve();
            return new Promise((_resolve, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason));
            });
          },
        },
        { maxAttempts: 1 },
      );
      const { runId } = await it.start(it.orchestrator);
      await begun.promise;
      await it.queue.close();
      const { orchestrator } = await it.open();
      expect(await orchestrator.wait(runId)).toMatchObject({
        state: 'completed',
        attempts: 1,
        stages: [{}, { result: 'kept' }],
      });
      expect(seen).toEqual([
        [1, false],
        [2, true],
      ]);
      expect(it.ran).toEqual(['script', 'shoot', 'shoot']);
    });
  });
}
