import { type CallFault, type Program, simulate, type World } from '@sustain/drills/simulation';
import { inProcessQueue } from '@sustain/jobs/in-process';
import { constant, exponential } from '@sustain/kernel';
import { type Store, storeFaults } from '@sustain/stores/contract';
import { memoryStore } from '@sustain/stores/memory';
import { describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { createSessionManager } from '../manager/index.ts';
import {
  createOrchestrator,
  defineOrchestration,
  type EndedRun,
  type Orchestrator,
  type RunOrder,
  type RunProgress,
} from './index.ts';

const key = { appName: 'studio', userId: 'ada', sessionId: 's-1' };
const STAGES = ['script', 'shoot', 'cut', 'mix'];

const times = inject('long') ? 20 : 1;
const timeout = times * 30_000;

/** A stage that was run: what it saw of those before it, and what it answered. */
interface Ran {
  readonly stage: string;
  readonly worker: string;
  readonly results: Readonly<Record<string, unknown>>;
  readonly isResumed: boolean;
}

interface Story {
  readonly ran: Ran[];
  readonly lives: number;
  readonly end: EndedRun;
}

const isWrite = (call: string) => /\.(set|compareAndSet|delete|touch)#/.test(call);

function storeError(what: CallFault, call: string): unknown {
  const reason = `drilled: ${what} ${call}`;
  if (what === 'lose' && isWrite(call))
    return storeFaults.OUTCOME_UNKNOWN({ store: 'shared', key: '', reason });
  return storeFaults.STORE_UNAVAILABLE({ store: 'shared', reason });
}

interface Trouble {
  readonly maxAttempts: number;
  readonly crashEveryMs: number;
  /** Two, and they stand still now and then: who is taken for dead goes on. Default one. */
  readonly workers?: 1 | 2;
}

/** One run of four stages, by processes that crash and are started again, over a store that fails now and then. */
function film({ maxAttempts, crashEveryMs, workers = 1 }: Trouble, tell: (story: Story) => void): Program {
  return async (world: World) => {
    const shared = memoryStore({ clock: world.clock });
    const ran: Ran[] = [];
    const over = Promise.withResolvers<EndedRun>();
    const names = ['one', 'two'].slice(0, workers);
    const processes = names.map((instance) =>
      world.process(
        instance,
        async ({ clock, random, life, port }) => {
          const odds = { reject: 0.02, lose: 0.02, late: 0.005, lateBy: { leastMs: 50, mostMs: 500 } };
          const store = port('store', shared as object, { ...odds, error: storeError }) as unknown as Store;
          const untilDone = async <T>(work: () => Promise<T>): Promise<T> => {
            for (;;) {
              try {
                return await work();
              } catch (error) {
                world.note(`again, as ${(error as Error).message}`);
                await clock.sleep(50);
              }
            }
          };
          const newId = () => `${life}-${random.next().toString(36).slice(2)}`;
          const manager = createSessionManager({
            primary: store,
            instance,
            shared: workers > 1,
            takeOverAfterMs: 20_000,
            retry: { baseDelayMs: 20, maxDelayMs: 100 },
            clock,
            random,
            newId,
          });
          const queue = await untilDone(() =>
            inProcessQueue<RunOrder, null, RunProgress>({
              name: 'films',
              store,
              clock,
              random,
              ownerTtlMs: 500,
            }),
          );
          const film = defineOrchestration({
            name: 'film',
            input: z.object({ title: z.string() }),
            stages: STAGES.map((stage) => ({
              name: stage,
              retry: { maxAttempts: 2, backoff: exponential({ baseMs: 5 }) },
              async run({ results, isResumed }) {
                ran.push({ stage, worker: instance, results, isResumed });
                await clock.sleep(random.next() * (workers > 1 ? 400 : 40));
                if (random.next() < 0.1) throw new Error('the camera hiccuped');
                return `${stage} ${ran.length}`;
              },
            })),
          });
          const orchestrator: Orchestrator = createOrchestrator({
            manager,
            queue,
            pipelines: [film],
            maxAttempts,
            backoff: constant(20),
            clock,
            random,
          });
          await untilDone(() => manager.getOrCreateSession(key));
          await orchestrator.process();
          const { runId } = await untilDone(() =>
            orchestrator.start({
              key,
              orchestration: 'film',
              input: { title: 'Rain' },
              idempotencyKey: 'the only one',
            }),
          );
          const end = await untilDone(() => orchestrator.wait(runId));
          // It is there for everybody, and stays.
          expect(await untilDone(() => orchestrator.runs(key))).toEqual([end]);
          over.resolve(end);
        },
        {
          crash: { everyMs: crashEveryMs, lasts: { leastMs: 1, mostMs: 300 } },
          ...(workers > 1 && { pause: { everyMs: 400, lasts: { leastMs: 100, mostMs: 30_000 } } }),
        },
      ),
    );
    const end = await over.promise;
    tell({ ran, lives: processes.reduce((lives, each) => lives + each.lives, 0), end });
  };
}

async function play(seed: number, trouble: Trouble): Promise<Story> {
  let story: Story | undefined;
  const result = await simulate(
    seed,
    film(trouble, (told) => {
      story = told;
    }),
    { maxMs: 3_600_000 },
  );
  if (result.state === 'failed') throw result.error;
  expect(result.state, result.replay).toBe('held');
  return story as Story;
}

/** Every stage's answer is kept once: all that came later saw the same. */
function checkKept({ ran, end }: Story): void {
  const kept = new Map<string, unknown>();
  for (const { stage, results } of ran) {
    const before = STAGES.slice(0, STAGES.indexOf(stage));
    expect(Object.keys(results)).toEqual(before);
    for (const name of before) {
      if (!kept.has(name)) kept.set(name, results[name]);
      expect(results[name]).toBe(kept.get(name));
    }
  }
  for (const stage of end.stages) {
    if (stage.state === 'completed' && kept.has(stage.name)) expect(stage.result).toBe(kept.get(stage.name));
  }
}

/** What is kept is not done again. */
function checkOrder({ ran }: Story): void {
  const order = ran.map(({ stage }) => STAGES.indexOf(stage));
  expect(order).toEqual([...order].sort((a, b) => a - b));
}

describe('a process that crashes between any two steps, over a store that fails', () => {
  it('has every stage’s answer once, in order, in the end', { timeout }, async () => {
    let crashes = 0;
    let again = 0;
    for (let seed = 0; seed < 40 * times; seed++) {
      const story = await play(seed, { maxAttempts: 10_000, crashEveryMs: 150 });
      checkKept(story);
      checkOrder(story);
      expect(story.end.state).toBe('completed');
      expect(story.end.stages.map(({ name, state }) => [name, state])).toEqual(
        STAGES.map((name) => [name, 'completed']),
      );
      crashes += story.lives - 1;
      again += story.ran.filter(({ isResumed }) => isResumed).length;
    }
    expect(crashes).toBeGreaterThan(40 * times);
    expect(again).toBeGreaterThan(10 * times);
  });

  it('ends after so many attempts as completed or failed, and is never left as running', {
    timeout,
  }, async () => {
    const ends = new Set<string>();
    for (let seed = 0; seed < 40 * times; seed++) {
      const story = await play(seed, { maxAttempts: 2, crashEveryMs: 120 });
      checkKept(story);
      checkOrder(story);
      expect(story.end.attempts).toBeLessThanOrEqual(3);
      ends.add(story.end.state);
    }
    expect([...ends].sort()).toEqual(['completed', 'failed']);
  });

  it('beside another one, which takes over while it stands still, does nothing that counts once it goes on', {
    timeout,
  }, async () => {
    let overtaken = 0;
    for (let seed = 0; seed < 30 * times; seed++) {
      const story = await play(seed, { maxAttempts: 10_000, crashEveryMs: 2000, workers: 2 });
      checkKept(story);
      expect(story.end.state).toBe('completed');
      overtaken += Number(new Set(story.ran.map(({ worker }) => worker)).size > 1);
    }
    expect(overtaken).toBeGreaterThan(3 * times);
  });
});
