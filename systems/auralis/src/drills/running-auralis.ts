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
import { createAuralis } from '../main.ts';
import { synthesisReady } from '../signals.ts';

/** Auralis as the studio runs it: real server, real supervisor, real synthesis process. */
export interface RunningAuralis {
  readonly url: string;
  readonly signals: Signals;
  /** The synthesis process that is up, or was last. */
  synthesisPid(): number;
  /** Resolves with the next signal of this type. */
  next<Data>(type: SignalType<Data>): Promise<Signal<Data>>;
  /** Idempotent. */
  stop(): Promise<void>;
}

export interface RunAuralisOptions {
  /** The time of Auralis itself; server, supervisor and health keep the system's. Default the system's. */
  readonly clock?: Clock;
}

/** Starts one on a free port. `seed` is that of its music. */
export async function runAuralis(
  seed: string,
  { clock: ownClock = systemClock }: RunAuralisOptions = {},
): Promise<RunningAuralis> {
  const clock = systemClock;
  const signals = new Signals({ clock });
  const health = new HealthMonitor({ clock });
  const server = createServer({ port: 0, health, clock, signals });
  const random = seededRandom(seed);
  const { child } = createAuralis({ server, health, signals, clock: ownClock, random });
  let pid = 0;
  signals.on(synthesisReady, ({ data }) => {
    pid = data.pid ?? 0;
  });
  const supervisor = createSupervisor({ id: 'auralis-alone', children: [child], clock, random, signals });
  const stop = async () => {
    await server.stop();
    await supervisor.stop();
  };
  try {
    await supervisor.start();
    return { url: await server.start(), signals, synthesisPid, next, stop };
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
