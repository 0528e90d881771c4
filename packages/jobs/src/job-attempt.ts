import { type Clock, type Operation, runInOperation } from '@sustain/kernel';
import type { JobHandler, JobRun } from './contract.ts';
import { jobJson, MAX_PROGRESS_BYTES } from './job-json.ts';
import { jobsFaults } from './jobs-faults.ts';

/** @internal What an attempt is about. */
export interface AttemptFacts {
  readonly queue: string;
  readonly id: string;
  readonly data: unknown;
  readonly attempt: number;
  readonly isResumed: boolean;
  readonly operation: Operation;
  readonly maxDataBytes: number;
  readonly clock: Clock;
  /** Keeps what the handler said last; resolves when that is kept. Called again only then. */
  keepProgress(value: unknown): Promise<void>;
}

/** @internal How an attempt has ended. What stopped it, where it was stopped, is `JobAttempt.stopped`. */
export type AttemptOutcome =
  | { readonly ok: true; readonly result: unknown; readonly durationMs: number }
  | { readonly ok: false; readonly error: unknown; readonly durationMs: number };

/** @internal Why an attempt was told to end. What is more final wins: who has lost the job has nothing to say of it. */
export type StopKind = 'interrupted' | 'cancelled' | 'lost';

/** @internal One run of a handler. */
export class JobAttempt {
  readonly facts: AttemptFacts;
  readonly #controller = new AbortController();
  #stopped: StopKind | undefined;
  #saying: Promise<void> | undefined;
  #unsaid: { readonly value: unknown } | undefined;
  #hasEnded = false;

  constructor(facts: AttemptFacts) {
    this.facts = facts;
  }

  get stopped(): StopKind | undefined {
    return this.#stopped;
  }

  /** Aborts the handler's signal, the first time. */
  stop(kind: StopKind, reason = ''): void {
    if (this.#stopped === undefined || FINALITY[kind] > FINALITY[this.#stopped]) this.#stopped = kind;
    const { queue, id, operation } = this.facts;
    const part = { operationId: operation.id };
    if (kind === 'cancelled') this.#controller.abort(jobsFaults.JOB_CANCELLED({ queue, id, reason }, part));
    else if (kind === 'lost') this.#controller.abort(jobsFaults.JOB_LOST({ queue, id }, part));
    else this.#controller.abort(jobsFaults.JOB_INTERRUPTED({ queue, id }, part));
  }

  /** Never rejects. Resolves when the handler has ended, and what it said is kept, or could not be. */
  async run(handler: JobHandler<never>): Promise<AttemptOutcome> {
    const { queue, clock, operation, maxDataBytes } = this.facts;
    const beganMs = clock.monotonicMs();
    try {
      const answer = await runInOperation(operation, async () => handler(this.#jobRun() as JobRun<never>));
      const result = JSON.parse(jobJson(queue, 'result', answer, maxDataBytes));
      return { ok: true, result, durationMs: clock.monotonicMs() - beganMs };
    } catch (error) {
      return { ok: false, error, durationMs: clock.monotonicMs() - beganMs };
    } finally {
      this.#hasEnded = true;
      await this.#saying;
    }
  }

  #jobRun(): JobRun {
    const { id, data, attempt, isResumed, operation, queue } = this.facts;
    return {
      id,
      data,
      attempt,
      isResumed,
      operation,
      signal: this.#controller.signal,
      progress: (value) => {
        const json = jobJson(queue, 'progress', value, MAX_PROGRESS_BYTES);
        if (this.#hasEnded || this.#stopped === 'lost') return;
        this.#unsaid = { value: JSON.parse(json) };
        this.#saying ??= this.#say();
      },
    };
  }

  async #say(): Promise<void> {
    for (let next = this.#unsaid; next !== undefined; next = this.#unsaid) {
      this.#unsaid = undefined;
      await this.facts.keepProgress(next.value);
    }
    this.#saying = undefined;
  }
}

const FINALITY = { interrupted: 0, cancelled: 1, lost: 2 };
