import {
  createSupervisor,
  type Signal,
  Signals,
  type SignalType,
  seededRandom,
  systemClock,
} from '@sustain/kernel';
import { HealthMonitor } from '@sustain/ops/health';
import { createServer } from '@sustain/ops/server';
import { createAuralis, synthesisReady } from '../src/index.ts';

/** Auralis as the studio runs it: real server, real supervisor, real synthesis process. */
export interface RunningAuralis {
  readonly url: string;
  readonly signals: Signals;
  /** The synthesis process that is up, or was last. */
  synthesisPid(): number;
  /** Resolves with the next signal of this type. */
  next<Data>(type: SignalType<Data>): Promise<Signal<Data>>;
  stop(): Promise<void>;
}

export async function runAuralis(seed: string): Promise<RunningAuralis> {
  const clock = systemClock;
  const signals = new Signals({ clock });
  const health = new HealthMonitor({ clock });
  const server = createServer({ port: 0, health, clock, signals });
  const random = seededRandom(seed);
  const { child } = createAuralis({ server, health, signals, clock, random });
  let pid = 0;
  signals.on(synthesisReady, ({ data }) => {
    pid = data.pid ?? 0;
  });
  const supervisor = createSupervisor({ id: 'test', children: [child], clock, random, signals });
  await supervisor.start();
  const url = await server.start();
  return {
    url,
    signals,
    synthesisPid() {
      if (pid === 0) throw new Error('no synthesis process has come up');
      return pid;
    },
    next: (type) =>
      new Promise((resolve) => {
        const stop = signals.on(type, (signal) => {
          stop();
          resolve(signal);
        });
      }),
    async stop() {
      await server.stop();
      await supervisor.stop();
    },
  };
}
