import { type Clock, type Random, SimulatedClock, seededRandom } from '../../time/index.ts';
import { bulkhead } from '../bulkhead/index.ts';
import { type Policy, pipeline } from '../pipeline/index.ts';
import { type AdaptiveLimitOptions, adaptiveLimit } from './index.ts';

/** Works on so many calls at once, each for 100 ms more or less; the others wait in a queue without end. */
export class Server {
  capacity: number;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #queue: (() => void)[] = [];
  #working = 0;
  served = 0;

  constructor(capacity: number, clock: Clock, seed: number) {
    this.capacity = capacity;
    this.#clock = clock;
    this.#random = seededRandom(seed);
  }

  async call(): Promise<void> {
    if (this.#working >= this.capacity) await new Promise<void>((begin) => this.#queue.push(begin));
    this.#working++;
    await this.#clock.sleep(80 + this.#random.next() * 40);
    this.#working--;
    this.served++;
    while (this.#working < this.capacity && this.#queue.length > 0) {
      this.#queue.shift()?.();
      await undefined;
    }
  }
}

/** Clients that call one after the other, and come back after 50 ms when they are refused. */
export function load(
  options: Omit<AdaptiveLimitOptions, 'bulkhead'>,
  capacity: number,
  inside: readonly Policy<never, unknown>[] = [],
) {
  const clock = new SimulatedClock();
  const server = new Server(capacity, clock, 1);
  const subject = bulkhead({ name: 'llm', limit: 20 });
  const policies = pipeline({ clock }, subject, adaptiveLimit({ bulkhead: subject, ...options }), ...inside);
  let clients = 0;
  const demand = { clients: 0 };
  async function client(): Promise<void> {
    while (clients <= demand.clients) {
      await policies.run(() => server.call()).catch(() => clock.sleep(50));
    }
    clients--;
  }
  /** Lets time pass with so many clients, and answers the mean of the limit. */
  async function run(demanded: number, seconds: number): Promise<number> {
    demand.clients = demanded;
    while (clients < demanded) {
      clients++;
      void client();
    }
    let sum = 0;
    for (let i = 0; i < seconds * 10; i++) {
      await clock.advance(100);
      sum += subject.state.limit;
    }
    return sum / (seconds * 10);
  }
  return { clock, server, subject, run };
}
