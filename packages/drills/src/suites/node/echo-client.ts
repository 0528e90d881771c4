import {
  constant,
  createSupervisor,
  type Pipeline,
  pipeline,
  retry,
  Signals,
  timeout,
} from '@sustain/kernel';
import type { ChildPort, PortChild } from '@sustain/kernel/node';
import type { DrillSubject } from '../../drill/index.ts';

export interface Asked {
  readonly id: number;
  readonly text: unknown;
}

export type Told = { readonly up: true } | { readonly id: number; readonly answer: string };

/** A supervised process or thread, and who asks it. */
export interface EchoClient extends DrillSubject {
  readonly port: ChildPort<Asked, Told>;
  /** Of all uses, those that failed. */
  failedUses: number;
  /** Asks once. */
  ask(text: unknown): Promise<string>;
}

/** Starts the child under a supervisor; uses try again, every 10 ms, what may be tried again. */
export async function echoClient(child: PortChild<Asked, Told>): Promise<EchoClient> {
  const signals = new Signals();
  const supervisor = createSupervisor({
    id: 'drill',
    children: [child],
    limits: { maxRestarts: 1000, backoffMs: 50, maxBackoffMs: 50 },
    signals,
  });
  await supervisor.start();
  const questions = new Questions(child.port);
  const calls: Pipeline = pipeline(
    { name: 'echo', signals },
    timeout(5000),
    retry({ maxAttempts: 1000, backoff: constant(10) }),
  );
  const client: EchoClient = {
    drillable: true,
    signals,
    port: child.port,
    failedUses: 0,
    ask: (text) => questions.ask(text),
    async use(signal) {
      try {
        const answer = await calls.run(() => client.ask('hello'), { signal });
        if (answer !== 'aGVsbG8=') throw new Error(`expected an answer, got ${answer}`);
      } catch (error) {
        if (!signal.aborted) client.failedUses++;
        throw error;
      }
      return 'full';
    },
    async close() {
      await supervisor.stop();
    },
  };
  return client;
}

/** Throws when a user has seen an error. */
export function noUseFailed({ failedUses }: EchoClient): void {
  if (failedUses > 0) throw new Error(`${failedUses} uses failed`);
}

/** Questions that have been asked and not been answered. */
class Questions {
  readonly #port: ChildPort<Asked, Told>;
  readonly #open = new Map<number, PromiseWithResolvers<string>>();
  #asked = 0;

  constructor(port: ChildPort<Asked, Told>) {
    this.#port = port;
    port.onMessage((told) => {
      if ('id' in told) this.#take(told.id)?.resolve(told.answer);
    });
    port.onDown(({ fault }) => {
      for (const id of this.#open.keys()) this.#take(id)?.reject(fault);
    });
  }

  async ask(text: unknown): Promise<string> {
    const id = ++this.#asked;
    const question = Promise.withResolvers<string>();
    question.promise.catch(() => undefined); // told to who waits below, if anybody still does
    this.#open.set(id, question);
    try {
      await this.#port.send({ id, text });
    } catch (error) {
      this.#take(id);
      throw error;
    }
    return question.promise;
  }

  #take(id: number): PromiseWithResolvers<string> | undefined {
    const question = this.#open.get(id);
    this.#open.delete(id);
    return question;
  }
}
