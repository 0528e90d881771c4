import type { JobState } from '../contract.ts';

/** @internal How long, and how many, ended jobs are kept. */
export interface Keep {
  readonly ms: number;
  readonly count: number;
}

/** @internal */
export type EndedState = Extract<JobState, 'completed' | 'dead' | 'cancelled'>;

/** @internal Which jobs have ended, and when: what is kept of them is in the store. */
export class EndedJobs {
  readonly #keep: Readonly<Record<EndedState, Keep>>;
  /** In the order of their ends. */
  readonly #ended: Readonly<Record<EndedState, Map<string, number>>> = {
    completed: new Map(),
    dead: new Map(),
    cancelled: new Map(),
  };

  constructor(keep: Readonly<Record<EndedState, Keep>>) {
    this.#keep = keep;
  }

  ttlMs(state: EndedState): number {
    return this.#keep[state].ms;
  }

  add(state: EndedState, id: string, endedWallMs: number): void {
    this.#ended[state].set(id, endedWallMs);
  }

  has(id: string): boolean {
    return STATES.some((state) => this.#ended[state].has(id));
  }

  delete(id: string): void {
    for (const state of STATES) this.#ended[state].delete(id);
  }

  count(state: EndedState, nowWallMs: number): number {
    const ended = this.#ended[state];
    for (const [id, endedWallMs] of ended) {
      if (endedWallMs + this.#keep[state].ms > nowWallMs) break;
      ended.delete(id);
    }
    return ended.size;
  }

  /** The ids of the oldest that are too many; they are forgotten here. */
  takeSurplus(state: EndedState): string[] {
    const surplus: string[] = [];
    const ended = this.#ended[state];
    for (const id of ended.keys()) {
      if (ended.size <= this.#keep[state].count) break;
      ended.delete(id);
      surplus.push(id);
    }
    return surplus;
  }

  /** `[endedWallMs, id]` of those after `after`, in that order. */
  after(state: EndedState, [afterMs, afterId]: EndedPlace, limit: number): EndedPlace[] {
    const places = [...this.#ended[state]].map(([id, endedWallMs]): EndedPlace => [endedWallMs, id]);
    return places
      .filter(([ms, id]) => ms > afterMs || (ms === afterMs && id > afterId))
      .sort(([msA, idA], [msB, idB]) => msA - msB || (idA < idB ? -1 : 1))
      .slice(0, limit);
  }

  clear(): void {
    for (const state of STATES) this.#ended[state].clear();
  }
}

/** @internal */
export type EndedPlace = readonly [endedWallMs: number, id: string];

const STATES: readonly EndedState[] = ['completed', 'dead', 'cancelled'];
