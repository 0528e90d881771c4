import { type Fault, type Severity, severity } from '../faults/index.ts';
import type { ErrorResponse } from './error-response.ts';

export interface FaultInterest {
  /** Faults this bad or worse. Default ERROR. */
  readonly severity?: Severity;
  /** Faults of this component. Default: of all. */
  readonly component?: string;
}

/** Told when the recovery is over. What it answers is ignored, except that a promise that rejects is counted as an error. */
export type FaultListener = (told: {
  readonly component: string;
  readonly fault: Fault;
  readonly response: Omit<ErrorResponse, 'fault' | 'durationMs'>;
}) => unknown;

/** The modules that want to be told of faults. One that throws keeps nobody else from hearing. */
export class FaultSubscribers {
  #subscribers: readonly { readonly interest: FaultInterest; readonly listener: FaultListener }[] = [];
  #errors = 0;
  #lastError: unknown;

  get errors(): number {
    return this.#errors;
  }

  get lastError(): unknown {
    return this.#lastError;
  }

  /** Answers the way to stop. */
  add(interest: FaultInterest, listener: FaultListener): () => void {
    const subscriber = { interest, listener };
    this.#subscribers = [...this.#subscribers, subscriber];
    return () => {
      this.#subscribers = this.#subscribers.filter((other) => other !== subscriber);
    };
  }

  /**
   * Calls those whom it concerns, in the order of their arrival, before who reported the fault has its answer. Not
   * from within the recovery: what they report is news, and not a part of it. Never throws.
   */
  tell(told: Parameters<FaultListener>[0]): void {
    if (this.#subscribers.length > 0) queueMicrotask(() => this.#tell(told));
  }

  #tell(told: Parameters<FaultListener>[0]): void {
    for (const { interest, listener } of this.#subscribers) {
      if (told.fault.severity < (interest.severity ?? severity.ERROR)) continue;
      if (interest.component !== undefined && interest.component !== told.component) continue;
      try {
        const answer: unknown = listener(told);
        if (answer instanceof Promise) answer.catch((error: unknown) => this.#count(error));
      } catch (error) {
        this.#count(error);
      }
    }
  }

  #count(error: unknown): void {
    this.#errors++;
    this.#lastError = error;
  }
}
