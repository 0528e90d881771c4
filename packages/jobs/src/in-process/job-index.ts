import type { Clock, Timer } from '@sustain/kernel';
import type { JobCounts } from '../contract.ts';
import { EndedJobs, type EndedState } from './ended-jobs.ts';
import type { SettledInProcessOptions } from './in-process-options.ts';
import { ReadyLine } from './ready-line.ts';

/** @internal What its place depends on: what is in a job may be much. */
export type JobPlace = { readonly id: string; readonly priority: number } & (
  | { readonly state: 'waiting' | 'running' }
  | { readonly state: 'delayed'; readonly dueWallMs: number }
  | { readonly state: EndedState; readonly endedWallMs: number }
);

/** @internal Which job is where, without what is in it. Made anew from the store when the queue is opened. */
export class JobIndex {
  readonly ready = new ReadyLine();
  readonly ended: EndedJobs;
  readonly #delayed = new Map<string, Timer>();
  readonly #clock: Clock;
  readonly #onReady: (id: string) => void;

  /** `onReady`: a job's time has come. */
  constructor(options: SettledInProcessOptions, onReady: (id: string) => void) {
    const { keepMs, keepCount, keepDeadMs, keepDeadCount, clock } = options;
    const kept = { ms: keepMs, count: keepCount };
    this.ended = new EndedJobs({
      completed: kept,
      cancelled: kept,
      dead: { ms: keepDeadMs, count: keepDeadCount },
    });
    this.#clock = clock;
    this.#onReady = onReady;
  }

  /** Puts a job where its record says. One that is running does not run here, or no longer: it is ready. */
  place(job: JobPlace): void {
    const { id, priority } = job;
    this.forget(id);
    switch (job.state) {
      case 'waiting':
      case 'running':
        this.ready.add(id, priority);
        break;
      case 'delayed':
        this.#delay(id, priority, job.dueWallMs);
        break;
      default:
        this.ended.add(job.state, id, job.endedWallMs);
    }
  }

  has(id: string): boolean {
    return this.ready.has(id) || this.#delayed.has(id) || this.ended.has(id);
  }

  forget(id: string): void {
    this.ready.delete(id);
    this.#delayed.get(id)?.cancel();
    this.#delayed.delete(id);
    this.ended.delete(id);
  }

  counts(running: number): JobCounts {
    const nowWallMs = this.#clock.wallMs();
    return {
      waiting: this.ready.size,
      delayed: this.#delayed.size,
      running,
      completed: this.ended.count('completed', nowWallMs),
      dead: this.ended.count('dead', nowWallMs),
      cancelled: this.ended.count('cancelled', nowWallMs),
    };
  }

  clear(): void {
    for (const timer of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    this.ready.clear();
    this.ended.clear();
  }

  #delay(id: string, priority: number, dueWallMs: number): void {
    const delayMs = Math.max(0, dueWallMs - this.#clock.wallMs());
    const timer = this.#clock.schedule(
      delayMs,
      () => {
        this.#delayed.delete(id);
        this.ready.add(id, priority);
        this.#onReady(id);
      },
      { keepAlive: false },
    );
    this.#delayed.set(id, timer);
  }
}

/** @internal */
export function placeOf(job: JobPlace): JobPlace {
  const { id, priority } = job;
  switch (job.state) {
    case 'waiting':
    case 'running':
      return { id, priority, state: job.state };
    case 'delayed':
      return { id, priority, state: job.state, dueWallMs: job.dueWallMs };
    default:
      return { id, priority, state: job.state, endedWallMs: job.endedWallMs };
  }
}
