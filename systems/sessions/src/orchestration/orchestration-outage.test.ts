import { inProcessQueue } from '@sustain/jobs/in-process';
import { constant, type Signal, Signals, SimulatedClock, seededRandom } from '@sustain/kernel';
import { type Store, storeFaults } from '@sustain/stores/contract';
import { memoryStore } from '@sustain/stores/memory';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { sessionFaults } from '../faults.ts';
import { createSessionManager } from '../manager/index.ts';
import {
  createOrchestrator,
  defineOrchestration,
  orchestrationUnrecorded,
  type RunOrder,
  type RunProgress,
  type StageContext,
} from './index.ts';

const key = { appName: 'studio', userId: 'ada', sessionId: 's-1' };

/** An orchestrator on simulated time, whose sessions are away while `drill.isAway`; its queue is not. */
async function film(stages: Record<string, (context: StageContext) => unknown>, patienceMs?: number) {
  const clock = new SimulatedClock();
  const random = seededRandom(1);
  const memory = memoryStore({ clock });
  const drill = { isAway: false };
  const primary = new Proxy(memory, {
    get(_, name) {
      const value = memory[name as keyof Store];
      if (typeof value !== 'function') return value;
      return (...args: never[]) => {
        if (!drill.isAway) return (value as (...given: never[]) => unknown).apply(memory, args);
        return Promise.reject(storeFaults.STORE_UNAVAILABLE({ store: 'test', reason: 'drilled' }));
      };
    },
  });
  const signals = new Signals({ clock });
  const told: Signal[] = [];
  signals.onAny((signal) => told.push(signal));
  const manager = createSessionManager({ primary, instance: 'one', clock, random });
  const queue = await inProcessQueue<RunOrder, null, RunProgress>({
    ...{ name: 'films', store: memoryStore({ clock }), clock, random },
  });
  const ran: string[] = [];
  const definition = defineOrchestration({
    name: 'film',
    input: z.unknown(),
    stages: Object.entries(stages).map(([name, run]) => ({
      name,
      run(context: StageContext) {
        ran.push(name);
        return run(context);
      },
    })),
  });
  const orchestrator = createOrchestrator({
    ...{ manager, queue, pipelines: [definition], backoff: constant(1000), clock, random, signals },
    patienceMs,
  });
  await clock.run(manager.createSession(key));
  await orchestrator.process();
  const start = () => clock.run(orchestrator.start({ key, orchestration: 'film', input: 1 }));
  const awayFor = (delayMs: number) => {
    drill.isAway = true;
    clock.schedule(delayMs, () => {
      drill.isAway = false;
    });
  };
  return { clock, drill, orchestrator, manager, queue, ran, told, start, awayFor };
}

it('S4-43: what a stage has answered waits for a session that is away for 30 s, and the stage runs once', async () => {
  const it = await film({
    script: () => {
      it.awayFor(30_000);
      return 'kept';
    },
    shoot: ({ results }) => results['script'],
  });
  const { runId } = await it.start();
  expect(await it.clock.run(it.orchestrator.wait(runId))).toMatchObject({
    state: 'completed',
    attempts: 1,
    stages: [{ result: 'kept' }, { result: 'kept' }],
  });
  expect(it.ran).toEqual(['script', 'shoot']);
  expect(it.clock.monotonicMs()).toBeGreaterThanOrEqual(30_000);
});

it('beyond its patience the stage runs again, and the run is not lost, however long that takes', async () => {
  const it = await film(
    {
      script: () => {
        if (it.ran.length === 1) it.awayFor(120_000);
        return `take ${it.ran.length}`;
      },
    },
    5000,
  );
  const { runId } = await it.start();
  await it.clock.advance(300_000);
  expect(await it.clock.run(it.orchestrator.wait(runId))).toMatchObject({
    state: 'completed',
    stages: [{ result: 'take 2' }],
  });
});

it('S4-46: an error that cannot be recorded is told as it is, and the session learns of it when it is back', async () => {
  const it = await film(
    {
      script: () => {
        it.drill.isAway = true;
        throw new TypeError('broken');
      },
    },
    1000,
  );
  const { runId } = await it.start();
  const dead = await it.clock.run(it.queue.wait(runId).catch((error: unknown) => error));
  expect(dead).toMatchObject({ code: 'JOB_DEAD', cause: { code: 'ORCHESTRATION_FAILED' } });
  const raised = it.told.filter(({ type }) => type === 'fault.raised');
  expect(raised).toMatchObject([
    { data: { fault: { cause: { message: 'broken' } }, context: { stage: 'script' } } },
  ]);
  expect(it.told.filter(({ type }) => type === orchestrationUnrecorded.type)).toMatchObject([
    { data: { runId, error: { code: 'SESSION_SERVICE_UNAVAILABLE' } } },
  ]);
  it.drill.isAway = false;
  const failed = {
    state: 'failed',
    error: { code: 'ORCHESTRATION_FAILED', message: expect.stringMatching(/"script".*TypeError/) },
    stages: [{ state: 'failed' }],
  };
  expect(await it.clock.run(it.orchestrator.get(runId) as Promise<object>)).toMatchObject(failed);
  const { state } = await it.clock.run(it.manager.getSession(key));
  expect(state[`orchestration:${runId}`]).toMatchObject(failed);
  expect(JSON.stringify(state)).not.toContain('broken');
});

it('of a session that cannot be reached nothing is started, and it is not said not to exist', async () => {
  const it = await film({ script: () => 1 });
  it.drill.isAway = true;
  const request = { key: { ...key, sessionId: 'another' }, orchestration: 'film', input: 1 };
  const started = it.clock.run(it.orchestrator.start(request));
  const error: unknown = await started.catch((thrown: unknown) => thrown);
  expect(error).toSatisfy(sessionFaults.SESSION_SERVICE_UNAVAILABLE.matches);
  expect(Object.values(await it.queue.counts())).toEqual([0, 0, 0, 0, 0, 0]);
});

it('a program that no longer knows an orchestration fails its runs and says so', async () => {
  const it = await film({ script: () => 1 });
  await it.queue.pause();
  const order = { key, sessionCreatedWallMs: it.clock.wallMs(), input: 1, addedWallMs: it.clock.wallMs() };
  const { createdWallMs } = await it.clock.run(it.manager.getSession(key));
  const { id } = await it.queue.add({
    ...order,
    sessionCreatedWallMs: createdWallMs,
    orchestration: 'opera',
  });
  await it.queue.resume();
  expect(await it.clock.run(it.orchestrator.wait(id))).toMatchObject({
    state: 'failed',
    error: { message: expect.stringContaining('does not know such an orchestration') },
  });
});

it('a program whose stages are others than those that a run began with fails it, and says so', async () => {
  const it = await film({ script: () => 1 });
  await it.queue.pause();
  const { runId, ...run } = await it.start();
  const plot = { name: 'plot', state: 'completed', attempts: 1, result: 1 };
  const older = { runId, ...run, stages: [plot, ...run.stages] };
  await it.clock.run(it.manager.updateSessionState(key, { set: { [`orchestration:${runId}`]: older } }));
  await it.queue.resume();
  expect(await it.clock.run(it.orchestrator.wait(runId))).toMatchObject({
    state: 'failed',
    error: { message: expect.stringContaining('its stages are script now, and it began with plot, script') },
  });
  expect(it.ran).toEqual([]);
});
