import { breakerChanged, pipeline, Signals, SimulatedClock, seededRandom } from '@sustain/kernel';
import type { Store } from '../contract.ts';
import { memoryStore } from '../memory/index.ts';
import { type UnsteadyOptions, UnsteadyProcess } from '../unsteady-process.fixture.ts';
import {
  type SharedBreakerOptions,
  sharedBreaker,
  sharedBreakerAlone,
  sharedBreakerTogether,
} from './index.ts';

const broken = new Error('broken');

/** Instances of a shared breaker on simulated time, in processes of their own, on one store. */
export class Cluster {
  readonly time = new SimulatedClock();
  readonly shared: Store = memoryStore({ clock: this.time, name: 'shared' });
  readonly instances: Instance[] = [];
  readonly #random;
  readonly #options: Partial<SharedBreakerOptions>;

  constructor(options: Partial<SharedBreakerOptions> = {}, seed: number | string = 1) {
    this.#options = options;
    this.#random = seededRandom(seed);
  }

  /** Starts so many, and waits until they are together. */
  async start(count: number, unsteady: UnsteadyOptions = {}): Promise<readonly Instance[]> {
    const names = Array.from({ length: count }, (_, at) => `i${this.instances.length + at}`);
    const started = names.map((name) => this.open(name, unsteady));
    await this.time.advance(500);
    return started;
  }

  open(name: string, unsteady: UnsteadyOptions = {}): Instance {
    const process = new UnsteadyProcess(
      this.time,
      this.shared,
      this.#random.fork(`${name} network`),
      unsteady,
    );
    const options = { consecutive: 3, openMs: 1000, ...this.#options, instance: name };
    const instance = new Instance(process, { ...options, random: this.#random.fork(name) });
    this.instances.push(instance);
    return instance;
  }

  get states(): readonly string[] {
    return this.instances.map(({ state }) => state);
  }

  async close(): Promise<void> {
    await this.time.run(Promise.all(this.instances.map(({ breaker }) => breaker.close())));
  }
}

export class Instance {
  readonly process: UnsteadyProcess;
  readonly breaker: ReturnType<typeof sharedBreaker>;
  readonly name: string;
  readonly changes: string[] = [];
  readonly said: string[] = [];
  readonly #pipeline;

  constructor(process: UnsteadyProcess, options: Partial<SharedBreakerOptions> & { instance: string }) {
    const { clock, store } = process;
    const signals = new Signals({ clock });
    signals.on(breakerChanged, ({ data: { from, to, reason } }) =>
      this.changes.push(`${from} → ${to}: ${reason}`),
    );
    signals.on(sharedBreakerAlone, () => this.said.push('alone'));
    signals.on(sharedBreakerTogether, () => this.said.push('together'));
    this.process = process;
    this.name = options.instance;
    this.breaker = sharedBreaker({ name: 'llm', ...options, store, clock, signals });
    this.#pipeline = pipeline({ name: 'turn', clock, signals }, this.breaker);
  }

  get state(): string {
    return this.breaker.phase.state;
  }

  /** What the caller gets. */
  run(work: () => Promise<string> | string): Promise<unknown> {
    return this.#pipeline.run(work).catch((error: unknown) => (error as { code?: string }).code ?? error);
  }

  succeed(): Promise<unknown> {
    return this.run(async () => 'answer');
  }

  fail(): Promise<unknown> {
    return this.run(() => Promise.reject(broken));
  }

  async trip(): Promise<void> {
    for (let at = 0; at < 3; at++) await this.fail();
  }

  /** A call that ends when it is told to. */
  begin() {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    let admitted = false;
    const ended = this.run(() => {
      admitted = true;
      return promise;
    });
    const after = (end: () => void) => () => {
      end();
      return ended;
    };
    return {
      admitted: () => admitted,
      succeed: after(() => resolve('answer')),
      fail: after(() => reject(broken)),
    };
  }
}
