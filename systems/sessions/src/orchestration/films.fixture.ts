import type { JobQueue } from '@sustain/jobs';
import { constant, defineFaults, fault, type Signal, Signals, severity } from '@sustain/kernel';
import { memoryStore } from '@sustain/stores/memory';
import { afterEach } from 'vitest';
import { z } from 'zod';
import { createSessionManager, type SessionManager } from '../manager/index.ts';
import type { SessionState } from '../session/index.ts';
import {
  createOrchestrator,
  defineOrchestration,
  type OrchestratorOptions,
  openOrchestrationQueue,
  type RunOrder,
  type RunProgress,
  type StageContext,
  type StartRun,
} from './index.ts';

type Queue = JobQueue<RunOrder, null, RunProgress>;

/** State of its own for the queues of one test. */
export interface OrchestrationState {
  /** Opens the queue. Only after the one before is closed. */
  readonly open: () => Promise<Queue>;
  /** Takes the state away. All queues are closed before. */
  readonly dispose: () => Promise<void>;
}

/** Without a server, on a memory store. */
export async function inProcess(): Promise<OrchestrationState> {
  const store = memoryStore();
  return { open: () => openOrchestrationQueue({ store }), dispose: () => store.close() };
}

export const key = { appName: 'studio', userId: 'ada', sessionId: 's-1' };
export const faults = defineFaults('drill', {
  BUSY: fault<{ readonly token: string }>({
    category: 'network',
    severity: severity.WARNING,
    recovery: 'retry',
    retryable: true,
    message: 'the renderer is busy',
  }),
  BROKEN: fault({
    category: 'program',
    severity: severity.ERROR,
    recovery: 'escalate',
    message: 'the renderer is broken',
    userMessage: 'The film could not be made.',
  }),
});

/** Makes films in a session, whose queues are such; what is opened for a test is closed after it. */
export function films(setUp: () => Promise<OrchestrationState>) {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  /** A pipeline of such stages over a real session, at which this process works. */
  return async function film(
    stages: Record<string, (context: StageContext<{ title: string }>) => unknown>,
    options: Partial<OrchestratorOptions> & { readonly isIdle?: boolean; readonly more?: object } = {},
  ) {
    const state = await setUp();
    ends.push(() => state.dispose());
    const store = memoryStore();
    const signals = new Signals();
    const told: Signal[] = [];
    signals.onAny((signal) => told.push(signal));
    const manager = createSessionManager({ primary: store, instance: 'one', signals });
    ends.push(() => manager.close());
    const ran: string[] = [];
    const definition = defineOrchestration({
      name: 'film',
      input: z.object({ title: z.string().min(1), scenes: z.number().int().max(9).default(1) }),
      stages: Object.entries(stages).map(([name, run]) => ({
        name,
        retry: { maxAttempts: 2, backoff: constant(1) },
        ...options.more,
        run(context: StageContext<{ title: string }>) {
          ran.push(name);
          return run(context);
        },
      })),
    });
    const open = async () => {
      const queue = await state.open();
      ends.push(() => queue.close());
      const orchestrator = createOrchestrator({
        manager,
        queue,
        pipelines: [definition],
        backoff: constant(5),
        signals,
        ...options,
      });
      if (options.isIdle !== true) await orchestrator.process();
      return { queue, orchestrator };
    };
    const { createdWallMs } = await manager.createSession({ ...key, state: { mood: 'calm' } });
    const start = (
      orchestrator: { start: (request: StartRun) => Promise<{ runId: string }> },
      more?: object,
    ) => orchestrator.start({ key, orchestration: 'film', input: { title: 'Rain' }, ...more });
    return { ...(await open()), open, manager, ran, told, start, createdWallMs };
  };
}

/** What the session of the films knows. */
export async function stateOf({ manager }: { readonly manager: SessionManager }): Promise<SessionState> {
  return (await manager.getSession(key)).state;
}
