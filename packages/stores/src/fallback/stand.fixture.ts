import { type Fates, FlakyStore, STEADY } from '@sustain/drills/stores';
import { type Signal, Signals, SimulatedClock, seededRandom } from '@sustain/kernel';
import type { Store } from '../contract.ts';
import { memoryStore } from '../memory/index.ts';
import { type Applied, loggingStore } from './applied-log.fixture.ts';
import { type FallbackOptions, type FallbackStore, fallbackStore } from './index.ts';

/** A fallback store on simulated time, between a primary that others write, too, and a spare. */
export interface Stand {
  readonly clock: SimulatedClock;
  readonly store: FallbackStore;
  /** The way to the primary. */
  readonly link: FlakyStore;
  /** The primary itself, as others see it. */
  readonly primary: Store;
  readonly applied: readonly Applied[];
  /** The way to the spare. */
  readonly spare: FlakyStore;
  readonly told: Signal[];
  /** The primary can no longer be reached, and the store knows. */
  leave(): Promise<void>;
  /** It can again, and the journal is in it. */
  comeBack(): Promise<void>;
  /** The program is killed, and another one goes on. */
  restart(circumstances?: Circumstances): Promise<Stand>;
}

export interface Circumstances {
  readonly options?: Partial<FallbackOptions>;
  /** What becomes of requests to the primary, from the beginning. Default: they are answered. */
  readonly fates?: Fates;
  /** With what the spare refuses every request, from the beginning. Default: it works. */
  readonly refusal?: Error;
}

export function stand(options: Partial<FallbackOptions> = {}, clock = new SimulatedClock()): Promise<Stand> {
  const spare = memoryStore({ clock, name: 'spare' });
  return begin(clock, loggingStore(clock), spare, { options }, 1);
}

/** Refuses everything, at once. */
export const REFUSING = { ...STEADY, refused: 1 };
export { STEADY };

async function begin(
  clock: SimulatedClock,
  log: ReturnType<typeof loggingStore>,
  inner: Store,
  { options = {}, fates = STEADY, refusal }: Circumstances,
  life: number,
): Promise<Stand> {
  const random = seededRandom(life);
  const link = new FlakyStore(log.store, clock, random.fork('link'));
  const spare = new FlakyStore(inner, clock, random.fork('spare'));
  link.fates = fates;
  spare.refusal = refusal;
  const signals = new Signals({ clock });
  const told: Signal[] = [];
  signals.onAny((signal) => told.push(signal));
  const settings = {
    primary: link,
    spare,
    onConflict: 'reject',
    acceptLoss: true,
    clock,
    random,
    signals,
  } as const;
  const store = fallbackStore({ ...settings, ...options });
  await clock.advance(0);
  const self: Stand = {
    ...{ clock, store, link, spare, told, primary: log.store, applied: log.applied },
    async leave() {
      link.fates = REFUSING;
      await store.get('nobody').catch(() => undefined);
    },
    async comeBack() {
      link.fates = STEADY;
      for (let waits = 0; store.state().state !== 'primary' && waits < 100; waits++) await clock.advance(500);
    },
    async restart(next = {}) {
      link.isKilled = spare.isKilled = true;
      return begin(clock, log, inner, { ...next, options: { ...options, ...next.options } }, life + 1);
    },
  };
  return self;
}
