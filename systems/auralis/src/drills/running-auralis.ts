import {
  type Clock,
  createSupervisor,
  type Signal,
  Signals,
  type SignalType,
  seededRandom,
  systemClock,
} from '@sustain/kernel';
import { HealthMonitor } from '@sustain/ops/health';
import { createServer } from '@sustain/ops/server';
import { type AuralisHost, createAuralis } from '../main.ts';
import { loopReady, synthesisReady } from '../signals.ts';

/** Auralis as the studio runs it: real server, real supervisor, real synthesis process. */
export interface RunningAuralis {
  readonly url: string;
  readonly signals: Signals;
  /** Resolves when there is a loop, which is rendered once when the music has begun. */
  readonly loopIsReady: Promise<void>;
  /** The engines of the processes that have come up, in order. */
  readonly engines: readonly string[];
  /** The synthesis process that is up, or was last. */
  synthesisPid(): number;
  /** Resolves with the next signal of this type. */
  next<Data>(type: SignalType<Data>): Promise<Signal<Data>>;
  /** Idempotent. */
  stop(): Promise<void>;
}

/** Its music is whole, however busy the machine is, unless `quality` says otherwise. */
export interface RunAuralisOptions
  extends Pick<AuralisHost, 'engine' | 'quality' | 'loopFolder' | 'compose' | 'maxListeners'> {
  /** The time of Auralis itself; server, supervisor and health keep the system's. Default the system's. */
  readonly clock?: Clock;
}

/** Starts one on a free port. `seed` is that of its music. */
export async function runAuralis(
  seed: string,
  { clock: ownClock = systemClock, ...options }: RunAuralisOptions = {},
): Promise<RunningAuralis> {
  const clock = systemClock;
  const signals = new Signals({ clock });
  const health = new HealthMonitor({ clock });
  const server = createServer({ port: 0, health, clock, signals });
  const random = seededRandom(seed);
  const { child, close } = createAuralis({
    ...{ server, health, signals, clock: ownClock, random, quality: 'normal' },
    ...options,
  });
  const loopIsReady = new Promise<void>((resolve) => {
    signals.on(loopReady, () => resolve());
  });
  const engines: string[] = [];
  let pid = 0;
  signals.on(synthesisReady, ({ data }) => {
    pid = data.pid ?? 0;
    engines.push(data.engine);
  });
  const supervisor = createSupervisor({ id: 'auralis-alone', children: [child], clock, random, signals });
  const stop = async () => {
    await server.stop();
    await supervisor.stop();
    await close();
  };
  try {
    await supervisor.start();
    return { url: await server.start(), signals, loopIsReady, engines, synthesisPid, next, stop };
  } catch (error) {
    await stop();
    throw error;
  }

  function synthesisPid(): number {
    if (pid === 0) throw new Error('no synthesis process has come up');
    return pid;
  }

  function next<Data>(type: SignalType<Data>): Promise<Signal<Data>> {
    return new Promise((resolve) => {
      const forget = signals.on(type, (signal) => {
        forget();
        resolve(signal);
      });
    });
  }
}
