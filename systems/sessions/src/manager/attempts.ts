import {
  type Clock,
  classify,
  currentOperation,
  type Fault,
  isCancelled,
  type Pipeline,
  pipeline,
  type SignalChannel,
} from '@sustain/kernel';
import type { ServiceHealth } from '@sustain/ops/health';
import { sessionRetry } from '../recovery.ts';
import { sessionOperationFailed } from '../signals.ts';
import type { SettledManagerOptions } from './manager-options.ts';
import { sessionFaultOf } from './session-fault.ts';

/** What is to be done, and for whom. */
export interface Asked {
  readonly operation: string;
  readonly sessionId: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** Of a write: whether an attempt may have done it, whatever became of the later ones. Default: never. */
  readonly mayBeDone?: () => boolean;
}

/** Operations: as many attempts as may be, what each is told as, and how it counts. */
export class Attempts {
  readonly #health: ServiceHealth;
  readonly #ready: () => Promise<void> | undefined;
  readonly #clock: Clock;
  readonly #pipeline: Pipeline;
  readonly #failed: SignalChannel<{ operation: string; fault: Fault }>;
  #underWay = 0;
  #idle: (() => void) | undefined;

  /** `ready`: goes before each attempt. */
  constructor(
    settings: SettledManagerOptions,
    health: ServiceHealth,
    ready: () => Promise<void> | undefined,
  ) {
    const { clock, random, signals, retry } = settings;
    this.#health = health;
    this.#ready = ready;
    this.#clock = clock;
    this.#pipeline = pipeline({ name: 'sessions', clock, random, signals }, sessionRetry(retry));
    this.#failed = signals.channel(sessionOperationFailed);
  }

  async run<T>({ operation, sessionId, signal, mayBeDone }: Asked, work: () => Promise<T>): Promise<T> {
    this.#underWay++;
    const startMs = this.#clock.monotonicMs();
    const failed = (error: unknown): never => {
      if (signal?.aborted && error === signal.reason) throw error;
      throw sessionFaultOf(error, operation, sessionId, mayBeDone?.());
    };
    const attempt = (): Promise<T> => {
      try {
        const opening = this.#ready();
        return (opening === undefined ? work() : opening.then(work)).catch(failed);
      } catch (error) {
        return failed(error);
      }
    };
    try {
      const result = await this.#pipeline.run(attempt, signal && { signal });
      this.#health.record('success', this.#clock.monotonicMs() - startMs);
      return result;
    } catch (error) {
      this.#tell(error, operation, this.#clock.monotonicMs() - startMs, signal);
      throw error;
    } finally {
      this.#underWay--;
      if (this.#underWay === 0) this.#idle?.();
    }
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    if (this.#underWay === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  /** What the caller has asked wrongly, or what does not exist, says nothing of the service. */
  #tell(error: unknown, operation: string, durationMs: number, signal: AbortSignal | undefined): void {
    if (isCancelled(error) || (signal?.aborted && error === signal.reason)) {
      this.#health.record('cancelled', durationMs);
      return;
    }
    const fault = classify(error);
    const isOfCaller = fault.category === 'client' || fault.category === 'conflict';
    this.#health.record(isOfCaller ? 'success' : 'failure', durationMs, isOfCaller ? undefined : fault);
    if (!this.#failed.heard) return;
    this.#failed.emit({ operation, fault }, { source: 'sessions', operationId: currentOperation()?.id });
  }
}
