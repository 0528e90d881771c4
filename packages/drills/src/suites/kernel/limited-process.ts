import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { currentOperation, faultFromJson, faultRaised, kernelFaults, Signals } from '@sustain/kernel';
import type { DrillSubject } from '../../drill/index.ts';
import { endProcess } from '../../processes/index.ts';

export interface ToLimited {
  readonly id: number;
  readonly operationId: string;
  readonly what: 'render' | 'read' | 'cacheAll' | 'openAll';
}

export type FromLimited =
  | { readonly up: true }
  /** What it has told on its own signals. */
  | { readonly raised: unknown }
  | { readonly id: number; readonly answer: number }
  | { readonly id: number; readonly fault: unknown };

/** A process for which the system has only so much; it recovers by itself. */
export interface LimitedProcess extends DrillSubject {
  /** Has it do something; rejects with its fault. */
  ask(what: ToLimited['what']): Promise<number>;
}

/**
 * Starts one under limits of the shell's `ulimit`: as `-n 64`, of 64 open files. It is used by doing `what`, which it
 * answers with `expected`.
 */
export async function limitedProcess(
  limit: string,
  what: ToLimited['what'],
  expected: number,
): Promise<LimitedProcess> {
  const child = fork(fileURLToPath(new URL(`./limited-main${extname(import.meta.url)}`, import.meta.url)), {
    execPath: '/bin/sh',
    execArgv: ['-c', `ulimit ${limit} && exec "$0" "$@"`, process.execPath],
    serialization: 'advanced',
  });
  const signals = new Signals();
  const answers = new Answers(child, signals);
  await answers.up;
  return {
    drillable: true,
    signals,
    ask: (what) => answers.ask(what),
    async use() {
      const answer = await answers.ask(what);
      if (answer !== expected) throw new Error(`expected ${expected}, got ${answer}`);
      return 'full';
    },
    async close() {
      await endProcess(child.pid as number, 'SIGTERM');
    },
  };
}

/** What has been asked of a process, and what it tells. */
class Answers {
  readonly up: Promise<unknown>;
  readonly #child: ChildProcess;
  readonly #open = new Map<number, PromiseWithResolvers<number>>();
  #asked = 0;

  constructor(child: ChildProcess, signals: Signals) {
    this.#child = child;
    this.up = Promise.race([once(child, 'message'), this.#ended()]);
    child.on('message', (told: FromLimited) => {
      if ('raised' in told) {
        const fault = faultFromJson(told.raised, kernelFaults);
        const origin = { source: 'limited', operationId: fault.operationId };
        signals.channel(faultRaised).emit({ fault, context: { component: 'limited' } }, origin);
      } else if ('answer' in told) this.#take(told.id)?.resolve(told.answer);
      else if ('fault' in told) this.#take(told.id)?.reject(faultFromJson(told.fault, kernelFaults));
    });
  }

  ask(what: ToLimited['what']): Promise<number> {
    const id = ++this.#asked;
    const question = Promise.withResolvers<number>();
    this.#open.set(id, question);
    this.#child.send({ id, operationId: currentOperation()?.id ?? '', what } satisfies ToLimited);
    return question.promise;
  }

  async #ended(): Promise<never> {
    const [code, signal] = await once(this.#child, 'exit');
    const error = Object.assign(new Error(`it has ended: ${signal ?? code}`), { code: 'EPIPE' });
    for (const id of this.#open.keys()) this.#take(id)?.reject(error);
    throw error;
  }

  #take(id: number): PromiseWithResolvers<number> | undefined {
    const question = this.#open.get(id);
    this.#open.delete(id);
    return question;
  }
}
