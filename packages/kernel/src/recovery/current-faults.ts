import type { Fault } from '../faults/index.ts';

/** A fault that has happened and has not been recovered from or cleared. */
export interface CurrentFault {
  readonly component: string;
  /** The latest occurrence. */
  readonly fault: Fault;
  /** How often it has happened since it was last clear. */
  readonly count: number;
  /** Monotonic milliseconds. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** The faults of all components that are current, one for each kind. Bounded: beyond `limit` the stalest is forgotten. */
export class CurrentFaults {
  readonly #limit: number;
  /** Oldest occurrence first. */
  readonly #faults = new Map<string, CurrentFault>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** `key` is the `faultKey` of the two. */
  add(key: string, component: string, fault: Fault, nowMs: number): void {
    const before = this.remove(key);
    const firstMs = before?.firstMs ?? nowMs;
    this.#faults.set(key, { component, fault, count: (before?.count ?? 0) + 1, firstMs, lastMs: nowMs });
    if (this.#faults.size > this.#limit) this.#faults.delete(this.#faults.keys().next().value as string);
  }

  /** Those of one component, or all; the stalest first. */
  of(component?: string): readonly CurrentFault[] {
    const all = [...this.#faults.values()];
    return component === undefined ? all : all.filter((current) => current.component === component);
  }

  /** Forgets a fault. Answers it, where it was current. */
  remove(key: string): CurrentFault | undefined {
    const current = this.#faults.get(key);
    this.#faults.delete(key);
    return current;
  }
}

/** What makes two faults the same: their kind and their component. */
export function faultKey(component: string, fault: Pick<Fault, 'system' | 'code'>): string {
  return `${component}\n${fault.system}.${fault.code}`;
}
