import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { AnsweredProblem, type DrillSubject, type Scene, type Useful } from '@sustain/drills';
import { inProcessQueue } from '@sustain/jobs/in-process';
import { constant, Signals } from '@sustain/kernel';
import { memoryStore } from '@sustain/stores/memory';
import { z } from 'zod';
import { createSessionManager, type SessionManager } from '../manager/index.ts';
import {
  createOrchestrator,
  defineOrchestration,
  type ErrorInfo,
  type Orchestrator,
  type Run,
  type RunOrder,
  type RunProgress,
} from '../orchestration/index.ts';

/** Where films are made: each is a run of two stages, a script that is read from a file, and its rendering by a server. */
export interface Workshop extends DrillSubject {
  readonly orchestrator: Orchestrator;
  readonly manager: SessionManager;
  readonly scriptPath: string;
  readonly renderer: Renderer;
  /** How often each script was read to its end. */
  readonly scripts: Map<string, number>;
  /** Begins a film, and waits for its end. */
  film(signal?: AbortSignal): Promise<Run>;
}

export const FILMS = { appName: 'studio', userId: 'ada', sessionId: 'films' };

/** Opens one. A stage is tried once, and a run begun three times at most. */
export async function workshop(scene: Scene): Promise<Workshop> {
  const scriptPath = join(scene.folder(), 'script');
  writeFileSync(scriptPath, 'it rains');
  const renderer = await startedRenderer(scene);
  const signals = new Signals();
  const primary = memoryStore();
  const manager = createSessionManager({ primary, instance: 'one', signals });
  await manager.createSession(FILMS);
  const queue = await inProcessQueue<RunOrder, null, RunProgress>({ name: 'films', store: primary, signals });
  const scripts = new Map<string, number>();
  const orchestration = defineOrchestration({
    name: 'film',
    input: z.object({ title: z.string() }),
    stages: [
      {
        name: 'script',
        retry: ONCE,
        run({ runId, input: { title } }) {
          scripts.set(runId, (scripts.get(runId) ?? 0) + 1);
          return `${title}: `;
        },
      },
      {
        name: 'render',
        retry: { ...ONCE, retryOn: () => true }, // a file that is gone may come back
        timeoutMs: 500, // above what an answer takes on a busy machine
        async run({ runId, results, signal }) {
          const text = await readFile(scriptPath, 'utf8');
          return renderer.render(runId, `${results['script']}${text}`, signal);
        },
      },
    ],
  });
  const orchestrator = createOrchestrator({
    ...{ manager, queue, pipelines: [orchestration], signals, backoff: constant(5), maxAttempts: 3 },
  });
  await orchestrator.process();
  const film = async (signal?: AbortSignal) => {
    const order = { key: FILMS, orchestration: 'film', input: { title: 'Rain' } };
    const { runId } = await orchestrator.start(order);
    return orchestrator.wait(runId, signal && { signal });
  };
  return {
    ...{ drillable: true, signals, orchestrator, manager, scriptPath, renderer, scripts, film },
    async use(signal): Promise<Useful> {
      const run = await film(signal);
      if (run.state === 'failed') throw told(run.error);
      checkFilm(run);
      return 'full';
    },
    async close() {
      await queue.close();
      await manager.close();
      await primary.close();
    },
  };
}

/** Throws unless it is the film that was to be made. */
export function checkFilm(run: Run): void {
  const results = run.stages.map((stage) => (stage.state === 'completed' ? stage.result : stage.state));
  if (run.state !== 'completed' || results[1] !== 'RAIN: IT RAINS')
    throw new Error(`the film is ${run.state}: ${JSON.stringify(results)}`);
}

/** What the session keeps of an error: to its user, the answer. */
function told({ code, message, operationId }: ErrorInfo): AnsweredProblem {
  return new AnsweredProblem('kernel', code, message, operationId);
}

/** Says a text loudly. */
export interface Renderer {
  /** Whether it leaves the first request of each run without an answer. */
  isSlow: boolean;
  render(runId: string, text: string, signal: AbortSignal): Promise<string>;
}

async function startedRenderer(scene: Scene): Promise<Renderer> {
  const hung = new Set<string>();
  const renderer: Renderer = { isSlow: false, render };
  const server = createServer((request, response) => {
    const [, runId = '', text = ''] = (request.url ?? '').split('/');
    if (renderer.isSlow && !hung.has(runId)) {
      hung.add(runId);
      return; // its client has to give up
    }
    response.end(decodeURIComponent(text).toUpperCase());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scene.defer(() => closed(server));
  return renderer;

  async function render(runId: string, text: string, signal: AbortSignal): Promise<string> {
    const { port } = server.address() as AddressInfo;
    const path = `${encodeURIComponent(runId)}/${encodeURIComponent(text)}`;
    const answer = await fetch(`http://127.0.0.1:${port}/${path}`, { signal });
    return answer.text();
  }
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

const ONCE = { maxAttempts: 1 };
