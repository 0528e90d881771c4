import { InMemorySessionService } from '@google/adk';
import { type Signal, Signals, SimulatedClock, seededRandom } from '@sustain/kernel';
import type { Store } from '@sustain/stores';
import { memoryStore } from '@sustain/stores/memory';
import type { AdkSessionService, Event } from './adk-types.ts';
import { ResilientSessionService } from './index.ts';
import type { OverServiceOptions } from './resilient-options.ts';

/** How ADK's service answers. `deaf`: it does what it is asked, and the answer is lost. */
export type Way = 'there' | 'away' | 'deaf' | 'silent';

/** A way to ADK's own service on which it can be lost. The service itself is in order. */
export class Breakable {
  way: Way = 'there';
  /** Of the next calls so many fail, as a connection does that has been idle for too long. */
  failing = 0;
  refuses: (event: Event) => boolean = () => false;
  /** Ids of sessions that it does not read. */
  readonly unreadable = new Set<string>();
  readonly calls: string[] = [];
  readonly inner: AdkSessionService;
  readonly service: AdkSessionService;

  constructor(inner: AdkSessionService = new InMemorySessionService()) {
    this.inner = inner;
    this.service = new Proxy(inner, {
      get: (target, name, receiver) => {
        const given = Reflect.get(target, name, receiver) as unknown;
        if (typeof given !== 'function') return given;
        return (...args: unknown[]) => this.#call(String(name), () => given.apply(target, args), args);
      },
    });
  }

  async #call(name: string, work: () => unknown, [request]: unknown[]): Promise<unknown> {
    this.calls.push(name);
    if (this.failing > 0) {
      this.failing--;
      throw Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });
    }
    const { event, sessionId } = request as { event?: Event; sessionId?: string };
    if (name === 'getSession' && this.unreadable.has(`${sessionId}`)) throw new Error('unexpected token');
    if (event !== undefined && this.refuses(event)) throw new Error('invalid byte sequence');
    if (this.way === 'silent') return new Promise(() => undefined);
    if (this.way === 'deaf') await work();
    if (this.way !== 'there')
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    return work();
  }
}

/** A resilient service on simulated time, over a service of ADK that can be lost. */
export interface Stand {
  readonly clock: SimulatedClock;
  readonly link: Breakable;
  readonly service: ResilientSessionService;
  readonly spare: Store;
  readonly told: Signal[];
  /** Until the journal is where it belongs. */
  comeBack(): Promise<void>;
  /** The program is killed, and another one goes on. */
  restart(options?: Partial<OverServiceOptions>): Stand;
}

export function stand(
  options: Partial<OverServiceOptions> = {},
  clock = new SimulatedClock(),
  link = new Breakable(),
  spare = memoryStore({ clock }),
): Stand {
  const signals = new Signals({ clock });
  const told: Signal[] = [];
  signals.onAny((signal) => told.push(signal));
  const random = seededRandom(7);
  const settings = { service: link.service, spare, acceptLoss: true, clock, random, signals, ...options };
  const service = new ResilientSessionService(settings as OverServiceOptions);
  return {
    ...{ clock, link, service, spare, told },
    async comeBack() {
      link.way = 'there';
      await clock.advance(0); // what an earlier run has left is read
      for (let waits = 0; (await service.state()).state !== 'normal'; waits++) {
        if (waits > 100) throw new Error(`it has not come back: ${JSON.stringify(await service.state())}`);
        await clock.advance(1000);
      }
    },
    restart(other) {
      void service.close();
      const next = new Breakable(link.inner);
      next.way = link.way;
      return stand({ ...options, ...other }, clock, next, spare);
    },
  };
}
