import { DOWN, FlakyStore, SHAKY, STEADY } from '@sustain/drills/stores';
import { type Random, type Signal, Signals, SimulatedClock, seededRandom } from '@sustain/kernel';
import type { Change, Watch, WatchOptions } from '@sustain/stores';
import { memoryStore } from '@sustain/stores/memory';
import { createSessionManager, type SessionManager, type SessionManagerOptions } from './index.ts';

/** One instance of several, in one of its lives. */
export interface Instance {
  readonly name: string;
  readonly manager: SessionManager;
  /** Its way to the primary. */
  readonly link: FlakyStore;
  readonly told: Signal[];
  /** The process is killed: nothing is sent any more, and nothing heard. */
  kill(): void;
  /** The next life of a killed one, with its journal. */
  restart(): Instance;
}

/** Instances of the session service that share a primary, each with a journal of its own, on simulated time. */
export function instancesOn(
  seed: number | string,
  options: Partial<SessionManagerOptions> = {},
): {
  readonly clock: SimulatedClock;
  readonly primary: ReturnType<typeof memoryStore>;
  readonly random: Random;
  readonly start: (instance: string) => Instance;
  /** What comes of it, as time passes. */
  readonly passing: <T>(work: Promise<T>) => Promise<T>;
} {
  const clock = new SimulatedClock();
  const random = seededRandom(seed);
  const primary = memoryStore({ clock, name: 'primary' });
  let ids = 0;

  function start(instance: string, spareInner = memoryStore({ clock, name: 'spare' }), life = 1): Instance {
    const own = random.fork(`${instance}/${life}`);
    const link = new Way(primary, clock, own.fork('link'));
    const spare = new FlakyStore(spareInner, clock, own.fork('spare'));
    const signals = new Signals({ clock });
    const told: Signal[] = [];
    signals.onAny((signal) => told.push(signal));
    const manager = createSessionManager({
      ...{ primary: link, spare, instance, shared: true, clock, random: own.fork('manager'), signals },
      fallback: { acceptLoss: true, patienceMs: 200, probeEveryMs: 100 },
      retry: { maxAttempts: 1 },
      cleanupEveryMs: Number.POSITIVE_INFINITY,
      newId: () => `id${(ids++).toString(36)}`,
      ...options,
    });
    return {
      name: instance,
      manager,
      link,
      told,
      kill: () => {
        link.isKilled = true;
        spare.isKilled = true;
      },
      restart: () => start(instance, spareInner, life + 1),
    };
  }

  async function passing<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    work.then(over, over);
    for (let steps = 0; !isOver && steps < 10_000; steps++) await clock.advance(10);
    return work;
  }

  return { clock, primary, random, start, passing };
}

/** A way on which changes are not heard either while it is down; they are heard when it is up again. */
class Way extends FlakyStore {
  readonly #time: SimulatedClock;

  constructor(inner: ConstructorParameters<typeof FlakyStore>[0], clock: SimulatedClock, random: Random) {
    super(inner, clock, random);
    this.#time = clock;
  }

  override async watch<Value>(prefix: string, options?: WatchOptions): Promise<Watch<Value>> {
    const watch = await super.watch<Value>(prefix, options);
    const isDown = () => this.isKilled || this.fates === DOWN;
    const clock = this.#time;
    async function* heard(): AsyncGenerator<Change<Value>> {
      for await (const change of watch) {
        while (isDown()) await clock.sleep(50, { signal: options?.signal, keepAlive: false });
        yield change;
      }
    }
    return Object.assign(heard(), {
      close: () => watch.close(),
      [Symbol.asyncDispose]: () => watch.close(),
    });
  }
}

export { DOWN, SHAKY, STEADY };
