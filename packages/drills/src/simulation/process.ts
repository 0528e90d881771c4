import type { Clock, Random } from '@sustain/kernel';
import { type Disk, SimulatedDisk } from './disk.ts';
import type { ProcessFault } from './fault-plan.ts';
import { Life } from './life.ts';
import type { Receive, SimulatedNetwork } from './network.ts';
import { type Port, type PortOptions, type Surroundings, simulatedPort } from './port.ts';
import { SimulationClock } from './simulation-clock.ts';
import { type Recurring, scheduleTimedFault } from './timed-faults.ts';

/** What a process may use. Whatever it is given by the world instead outlives its crash. */
export interface ProcessSelf<Message = unknown> {
  readonly name: string;
  /** 1 at first, one more after every start. */
  readonly life: number;
  readonly clock: Clock;
  /** Another one in every life. */
  readonly random: Random;
  readonly disk: Port<Disk>;
  /** As that of the world, for this life. */
  port<T extends object>(name: string, impl: T, options?: PortOptions): Port<T>;
  /** Sends a copy to another process. What comes of it is not known. */
  send(to: string, message: Message): void;
  /** Takes the messages that arrive from now on; until then they find nobody. What `handler` answers is ignored. */
  receive(handler: (message: Message, from: string) => unknown): void;
  note(text: string): void;
}

/** Its whole code: what it has in memory is made here, and is gone after a crash. Rejecting fails the run. */
export type StartProcess<Message = unknown> = (self: ProcessSelf<Message>) => Promise<void> | void;

/** How often it crashes (and is started again), is paused (and resumed), is cut off from the network, by the seed. Default never. */
export interface ProcessOptions extends Readonly<Partial<Record<ProcessFault, Recurring>>> {
  /** How its disk's calls fare: `name.disk.write#1`. Default: as a port's. */
  readonly disk?: PortOptions;
}

export interface SimulatedProcess {
  readonly name: string;
  readonly isRunning: boolean;
  /** How often it was started. */
  readonly lives: number;
  /** It is gone at once: no timer of it fires, no call of it is answered. Harmless when it is not running. */
  crash(): void;
  /** Starts it again, with what was synced of its disk and some of what was not. Harmless when it is running. */
  start(): void;
  /** It stands still, and knows nothing of it: what falls due meanwhile happens when it is resumed. */
  pause(): void;
  resume(): void;
}

/** `around` is the world's. */
export function simulatedProcess<Message>(
  around: Surroundings,
  network: SimulatedNetwork,
  name: string,
  run: StartProcess<Message>,
  options: ProcessOptions,
): SimulatedProcess {
  const { simulation } = around;
  const disk = new SimulatedDisk();
  let lives = 0;
  let life = new Life(name);
  let receive: Receive | undefined;
  life.state = 'over';

  const handle: SimulatedProcess = {
    name,
    get isRunning() {
      return life.state !== 'over';
    },
    get lives() {
      return lives;
    },
    crash() {
      if (life.state === 'over') return;
      life.state = 'over';
      receive = undefined;
      simulation.discard(life);
      disk.crash(simulation.faults.randomOf(`${name}.disk crash`));
    },
    start() {
      if (life.state !== 'over') return;
      life = new Life(name);
      lives++;
      simulation.note(`${name} starts, life ${lives}`);
      const own = life;
      const fail = (error: unknown) => {
        if (own.state !== 'over') simulation.end({ state: 'failed', error });
      };
      (async () => run(self(own)))().catch(fail);
    },
    pause() {
      if (life.state === 'running') life.state = 'paused';
    },
    resume: () => simulation.resume(life),
  };

  network.join(name, () => ({ life, receive }));
  handle.start();
  scheduleTimedFault(simulation, name, 'crash', options.crash, () => {
    if (life.state === 'over') return undefined;
    handle.crash();
    return handle.start;
  });
  scheduleTimedFault(simulation, name, 'pause', options.pause, () => {
    if (life.state !== 'running') return undefined;
    handle.pause();
    const own = life;
    return () => simulation.resume(own);
  });
  scheduleTimedFault(simulation, name, 'isolate', options.isolate, () => network.partition([name]));
  return handle;

  function self(own: Life): ProcessSelf<Message> {
    const here = { ...around, life: own };
    const isOver = () => own.state === 'over';
    return {
      name,
      life: lives,
      clock: new SimulationClock(simulation, own),
      random: simulation.random.fork(`${name} ${lives}`),
      disk: simulatedPort<Disk>(here, `${name}.disk`, disk, options.disk),
      port: (portName, impl, portOptions) => simulatedPort(here, portName, impl, portOptions),
      send: (to, message) => {
        if (!isOver()) network.send(name, to, message);
      },
      receive: (handler) => {
        if (!isOver()) receive = handler as Receive;
      },
      note: (text) => {
        if (!isOver()) simulation.note(`${name}: ${text}`);
      },
    };
  }
}
