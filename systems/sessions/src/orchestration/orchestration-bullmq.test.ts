import { systemRandom } from '@sustain/kernel';
import { memoryStore } from '@sustain/stores/memory';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createSessionManager } from '../manager/index.ts';
import { forgetQueue } from './forget-queue.fixture.ts';
import {
  createOrchestrator,
  defineOrchestration,
  openOrchestrationQueue,
  type StageContext,
} from './index.ts';
import { orchestrationQueueSuite } from './orchestration-queue.suite.ts';

const redisUrl = process.env['REDIS_URL'];
if (redisUrl === undefined && process.env['CI']) throw new Error('REDIS_URL is missing');

describe.skipIf(redisUrl === undefined)('on a real Redis', () => {
  const prefix = `sessions-${systemRandom.next().toString(36).slice(2)}`;
  let queues = 0;
  afterAll(() => forgetQueue(redisUrl as string, `${prefix}*`));

  orchestrationQueueSuite('BullMQ', async () => {
    const store = memoryStore();
    const name = `${prefix}-${++queues}`;
    return {
      open: () => openOrchestrationQueue({ store, redisUrl, name }),
      dispose: () => store.close(),
    };
  });

  it('of two instances of the service one starts and cancels what the other one runs, in one session', async () => {
    const name = `${prefix}-two`;
    const primary = memoryStore();
    const ran: string[] = [];
    const endless = Promise.withResolvers<void>();
    const film = defineOrchestration({
      name: 'film',
      input: z.object({ isEndless: z.boolean() }),
      stages: ['script', 'shoot'].map((stage) => ({
        name: stage,
        run({ input, signal }: StageContext<{ isEndless: boolean }>) {
          ran.push(stage);
          if (!input.isEndless) return stage;
          endless.resolve();
          return new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
          });
        },
      })),
    });
    const [one, other] = await Promise.all(
      ['one', 'other'].map(async (instance) => {
        const manager = createSessionManager({ primary, instance, shared: true });
        const queue = await openOrchestrationQueue({ store: primary, redisUrl, name });
        return { manager, queue, orchestrator: createOrchestrator({ manager, queue, pipelines: [film] }) };
      }),
    );
    if (one === undefined || other === undefined) throw new Error('there are two');
    const key = { appName: 'studio', userId: 'ada', sessionId: 's-1' };
    await one.manager.createSession({ ...key, state: { kept: true } });
    await other.orchestrator.process();
    const start = (isEndless: boolean) =>
      one.orchestrator.start({ key, orchestration: 'film', input: { isEndless } });
    const first = await start(false);
    expect(await one.orchestrator.wait(first.runId)).toMatchObject({ state: 'completed', attempts: 1 });
    const second = await start(true);
    await endless.promise;
    expect(await one.orchestrator.cancel(second.runId, 'enough')).toBe(true);
    await expect(one.queue.wait(second.runId)).rejects.toMatchObject({ code: 'JOB_CANCELLED' });
    expect(await other.orchestrator.runs(key)).toMatchObject([
      { runId: first.runId, state: 'completed' },
      { runId: second.runId, state: 'cancelled', reason: 'enough' },
    ]);
    expect((await one.manager.getSession(key)).state['kept']).toBe(true);
    expect(ran).toEqual(['script', 'shoot', 'script']);
    for (const each of [one, other]) {
      await each.queue.close();
      await each.manager.close();
    }
    await primary.close();
  });
});
