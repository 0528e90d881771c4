import { type Clock, createOperation, type Random, runInOperation } from '@sustain/kernel';
import type { DrillSubject, Useful } from '../drill/index.ts';
import { describe, type Observer } from './observer.ts';

/** A use that came to its end. */
interface Used {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly brought: Useful;
}

/** Uses the subject again and again, one use after the other, and tells the observer what each brought. */
export class SteadyUser {
  readonly #subject: DrillSubject;
  readonly #observer: Observer;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #stop = new AbortController();
  readonly #stopped: Promise<void>;
  readonly #useful: Used[] = [];
  /** What the last use rejected with, in words; undefined when it ended well. */
  lastError: string | undefined;
  /** What was asked to hold after each use. */
  afterUse: (() => Promise<void>) | undefined;

  constructor(subject: DrillSubject, observer: Observer, clock: Clock, random: Random) {
    this.#subject = subject;
    this.#observer = observer;
    this.#clock = clock;
    this.#random = random;
    this.#stopped = this.#useOnAndOn();
  }

  /** The first use that began at or after `sinceMs` and brought something, or brought all of it. */
  usedSince(sinceMs: number, least?: 'full'): Used | undefined {
    return this.#useful.find(
      ({ startedAtMs, brought }) => startedAtMs >= sinceMs && (least === undefined || brought === least),
    );
  }

  /** Resolves when the use under way has ended, or `limitMs` later. Answers whether it has. */
  async stop(limitMs: number): Promise<boolean> {
    this.#stop.abort(new DOMException('the drill is over', 'AbortError'));
    const { promise: late, resolve } = Promise.withResolvers<boolean>();
    const timer = this.#clock.schedule(limitMs, () => resolve(false));
    return Promise.race([this.#stopped.then(() => true), late]).finally(() => timer.cancel());
  }

  async #useOnAndOn(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#useOnce(signal);
      if (!signal.aborted) await this.afterUse?.();
      await this.#clock.sleep(BETWEEN_USES_MS, { signal }).catch(() => undefined); // stopped: the loop's end
    }
  }

  async #useOnce(signal: AbortSignal): Promise<void> {
    const operation = createOperation('use', this.#random);
    const startedAtMs = this.#observer.nowMs();
    try {
      const brought = await runInOperation(operation, () => this.#subject.use(signal));
      this.#useful.push({ startedAtMs, endedAtMs: this.#observer.nowMs(), brought });
      this.lastError = undefined;
      this.#observer.note('used', brought);
    } catch (error) {
      if (signal.aborted) return;
      this.lastError = describe(error);
      this.#observer.met(error, operation.id);
      this.#observer.note('failed', this.lastError);
    }
  }
}

const BETWEEN_USES_MS = 5;
