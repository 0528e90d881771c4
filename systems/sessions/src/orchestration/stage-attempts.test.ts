import { describe, expect, it } from 'vitest';
import { faults, films, inProcess, stateOf } from './films.fixture.ts';
import type { StageContext } from './index.ts';

const film = films(inProcess);

function broken(): never {
  throw faults.BROKEN({});
}

describe('S4-57: a stage that fails', () => {
  it('is tried again by its own policy, then with the run, and what is finished is not run again', async () => {
    const attempts: [number, boolean][] = [];
    const it = await film({
      script: () => 'kept',
      shoot: ({ attempt, isResumed, results }) => {
        attempts.push([attempt, isResumed]);
        if (attempt < 4) throw faults.BUSY({ token: 'secret' });
        return results['script'];
      },
    });
    const { runId } = await it.start(it.orchestrator);
    expect(await it.orchestrator.wait(runId)).toMatchObject({
      state: 'completed',
      attempts: 2,
      stages: [{ attempts: 1 }, { result: 'kept', attempts: 4 }],
    });
    expect(attempts).toEqual([
      [1, false],
      [2, false],
      [3, true],
      [4, true],
    ]);
    expect(it.ran).toEqual(['script', 'shoot', 'shoot', 'shoot', 'shoot']);
  });

  it('S4-44: for good fails the run; the session says so, without stacks and secrets', async () => {
    const it = await film({
      script: () => 'kept',
      shoot: () => {
        throw new TypeError('cannot read https://ada:hunter2@camera');
      },
      cut: () => 1,
    });
    const { runId } = await it.start(it.orchestrator);
    const run = await it.orchestrator.wait(runId);
    const info = {
      code: 'UNEXPECTED',
      message: 'TypeError',
      severity: 'ERROR',
      retryable: false,
      operation: 'run a stage',
      stage: 'shoot',
    };
    expect(run).toMatchObject({
      state: 'failed',
      error: { ...info, operationId: run.operationId },
      stages: [{ state: 'completed' }, { state: 'failed', error: info }, { state: 'waiting' }],
    });
    expect(JSON.stringify(await stateOf(it))).not.toMatch(/hunter2|stack|test\.ts/);
    const raised = it.told.filter(({ type }) => type === 'fault.raised');
    expect(raised).toMatchObject([
      {
        operationId: run.operationId,
        data: {
          context: { operation: 'run a stage', sessionId: 's-1', run: runId, stage: 'shoot', attempt: 1 },
        },
      },
    ]);
    expect(it.ran).toEqual(['script', 'shoot']);
  });

  it('that always may succeed later is given up after the attempts of the run', async () => {
    const it = await film({
      shoot: () => {
        throw faults.BUSY({ token: 'secret' });
      },
    });
    const { runId } = await it.start(it.orchestrator);
    const run = await it.orchestrator.wait(runId);
    expect(run).toMatchObject({ state: 'failed', attempts: 3, error: { code: 'BUSY' } });
    expect(it.ran).toHaveLength(6);
  });

  it('may have a lesser result, with which the run goes on', async () => {
    const onError = (error: { code: string }) => ({ result: `a still, as ${error.code}` });
    const it = await film(
      {
        shoot: () => {
          throw faults.BROKEN({});
        },
      },
      { more: { onError } },
    );
    const { runId } = await it.start(it.orchestrator);
    expect(await it.orchestrator.wait(runId)).toMatchObject({
      state: 'completed',
      stages: [{ result: 'a still, as BROKEN', isFallback: true }],
    });
  });

  it('that takes too long is aborted with STAGE_TIMED_OUT', async () => {
    const reasons: unknown[] = [];
    const it = await film(
      {
        shoot: ({ signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              reasons.push(signal.reason.code);
              reject(signal.reason);
            });
          }),
      },
      { maxAttempts: 1, more: { timeoutMs: 20 } },
    );
    const { runId } = await it.start(it.orchestrator);
    expect(await it.orchestrator.wait(runId)).toMatchObject({
      state: 'failed',
      error: { code: 'STAGE_TIMED_OUT', retryable: true, stage: 'shoot' },
    });
    expect(reasons).toEqual(['TIMED_OUT', 'TIMED_OUT']);
  });

  it.each<[string, unknown, string]>([
    ['too large', 'x'.repeat(40_000), 'SESSION_TOO_LARGE'],
    ['no JSON', { at: new Date(0) }, 'SESSION_REQUEST_INVALID'],
  ])('as its result is %s says so, and the session stays as it is', async (_what, result, code) => {
    const it = await film({ script: () => 'kept', shoot: () => result });
    const { runId } = await it.start(it.orchestrator);
    expect(await it.orchestrator.wait(runId)).toMatchObject({
      state: 'failed',
      error: { code, stage: 'shoot' },
    });
    expect(await stateOf(it)).toMatchObject({ mood: 'calm' });
  });

  it('and whose onError does not answer is given up after its time, too', async () => {
    const reasons: unknown[] = [];
    const onError = (_error: unknown, { signal }: StageContext) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason.code));
      return new Promise(() => undefined);
    };
    const it = await film({ shoot: broken }, { maxAttempts: 1, more: { onError, timeoutMs: 20 } });
    const { runId } = await it.start(it.orchestrator);
    expect(await it.orchestrator.wait(runId)).toMatchObject({
      state: 'failed',
      error: { code: 'STAGE_TIMED_OUT', stage: 'shoot' },
    });
    expect(reasons).toEqual(['TIMED_OUT']);
  });

  it('and whose onError does not answer holds nobody up once the run is cancelled', async () => {
    const asked = Promise.withResolvers<void>();
    const onError = () => {
      asked.resolve();
      return new Promise(() => undefined);
    };
    const it = await film({ shoot: broken }, { more: { onError } });
    const { runId } = await it.start(it.orchestrator);
    await asked.promise;
    expect(await it.orchestrator.cancel(runId)).toBe(true);
    await it.queue.close();
    expect((await stateOf(it))[`orchestration:${runId}`]).toMatchObject({ state: 'cancelled' });
  });

  it('and whose onError throws fails of that', async () => {
    const onError = () => {
      throw new TypeError('no still');
    };
    const it = await film({ shoot: broken }, { more: { onError } });
    const { runId } = await it.start(it.orchestrator);
    const error = { code: 'UNEXPECTED', message: 'TypeError' };
    expect(await it.orchestrator.wait(runId)).toMatchObject({ state: 'failed', error });
  });
});
