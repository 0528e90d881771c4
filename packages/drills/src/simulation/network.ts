import { checkOptions, WAIT } from '@sustain/kernel/options';
import type { Span } from '../kill/index.ts';
import { checkName, type MessageFault, messageFaults } from './fault-plan.ts';
import { type Odds, oddsOf } from './fault-source.ts';
import type { Life } from './life.ts';
import type { Simulation } from './simulation.ts';

/** How likely each fault of a message is, 0..1. Default 0 each; together at most 1. */
export interface NetworkOptions extends Readonly<Partial<Record<MessageFault, number>>> {
  /** How long a message takes. Default 1 to 20 ms. From one process to another they arrive in order, unless one is to `reorder`. */
  readonly latency?: Span;
}

export interface Network {
  /** Lets no message through between these and all others, also what is on its way. Answers the way to heal it. */
  partition(names: readonly string[]): () => void;
}

export type Receive = (message: unknown, from: string) => unknown;

/** Who gets messages. */
export interface Node {
  readonly life: Life;
  readonly receive: Receive | undefined;
}

const DEFAULT_LATENCY: Span = { leastMs: 1, mostMs: 20 };

/** Carries messages between processes. Each gets a copy of its own. */
export class SimulatedNetwork implements Network {
  readonly #simulation: Simulation;
  readonly #nodes = new Map<string, () => Node>();
  readonly #partitions = new Set<ReadonlySet<string>>();
  /** When the last message of each link arrives. */
  readonly #lastMs = new Map<string, number>();
  #latency = DEFAULT_LATENCY;
  #odds: Odds = [];

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  configure({ latency = DEFAULT_LATENCY, ...odds }: NetworkOptions): void {
    checkOptions('network', {
      'latency.leastMs': [latency.leastMs, WAIT],
      'latency.mostMs': [latency.mostMs, { ...WAIT, least: latency.leastMs }],
    });
    this.#latency = latency;
    this.#odds = oddsOf('network', messageFaults, odds);
  }

  join(name: string, node: () => Node): void {
    checkName('a process', name);
    if (this.#nodes.has(name)) throw new TypeError(`there is a process named ${name} already`);
    this.#nodes.set(name, node);
  }

  partition(names: readonly string[]): () => void {
    const side = new Set(names);
    this.#partitions.add(side);
    this.#simulation.note(`partition of ${names.join(', ')}`);
    return () => {
      if (this.#partitions.delete(side)) this.#simulation.note(`partition of ${names.join(', ')} healed`);
    };
  }

  send(from: string, to: string, message: unknown): void {
    const simulation = this.#simulation;
    const link = `${from}>${to}`;
    const { at, faults } = simulation.faults.reach(link, this.#odds);
    const what = faults[0]?.what;
    const latencyMs = simulation.latencyMs(link, this.#latency);
    const againMs = simulation.latencyMs(link, this.#latency);
    if (what) simulation.note(`${at} is to ${what}`);
    if (what === 'drop') return;
    if (this.#isCut(from, to)) {
      simulation.note(`${at} is cut off`);
      return;
    }
    const copy = structuredClone(message);
    this.#carry(from, to, at, copy, this.#inOrderMs(link, latencyMs, what === 'reorder'));
    if (what === 'duplicate') this.#carry(from, to, at, structuredClone(copy), latencyMs + againMs);
  }

  #inOrderMs(link: string, latencyMs: number, alone: boolean): number {
    const { nowMs } = this.#simulation;
    if (alone) return latencyMs;
    const lastMs = this.#lastMs.get(link) ?? 0;
    // Half a microsecond, because what is due at the same time comes in any order.
    const dueMs = nowMs + latencyMs > lastMs ? nowMs + latencyMs : lastMs + 0.0005;
    this.#lastMs.set(link, dueMs);
    return dueMs - nowMs;
  }

  #carry(from: string, to: string, at: string, message: unknown, delayMs: number): void {
    const simulation = this.#simulation;
    simulation.schedule(simulation.root, delayMs, `${at} arrives`, () => {
      const node = this.#nodes.get(to)?.();
      if (this.#isCut(from, to)) simulation.note(`${at} is cut off`);
      else if (!node?.receive || node.life.state === 'over') simulation.note(`${at} finds nobody`);
      else if (node.life.state === 'running') node.receive(message, from);
      else simulation.schedule(node.life, 0, `${at} is received`, () => node.receive?.(message, from));
    });
  }

  #isCut(from: string, to: string): boolean {
    for (const side of this.#partitions) if (side.has(from) !== side.has(to)) return true;
    return false;
  }
}
