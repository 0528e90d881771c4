import { type Fault, type Severity, severity } from '../faults/index.ts';
import { defineSignal, type SignalCounts, Signals } from '../signals/index.ts';
import type { Outcome } from './error-response.ts';

export interface FaultInterest {
  /** Faults this bad or worse. Default ERROR. */
  readonly severity?: Severity;
  /** Faults of this component. Default: of all. */
  readonly component?: string;
}

/** Told when the recovery is over. What it answers is ignored, except that a promise that rejects is counted as an error. */
export type FaultListener = (told: Told) => unknown;

interface Told {
  readonly component: string;
  readonly fault: Fault;
  readonly response: Outcome;
}

/** The modules that want to be told of faults. One that throws keeps nobody else from hearing. */
export class FaultSubscribers {
  readonly #bus = new Signals();
  readonly #handled = this.#bus.channel(faultHandled);

  get counts(): SignalCounts {
    return this.#bus.counts;
  }

  /** Answers the way to stop. */
  add({ severity: least = severity.ERROR, component }: FaultInterest, listener: FaultListener): () => void {
    return this.#bus.on(faultHandled, ({ data }) =>
      data.fault.severity >= least && (component ?? data.component) === data.component
        ? listener(data)
        : undefined,
    );
  }

  /**
   * Calls those whom it concerns, in the order of their arrival, before who reported the fault has its answer. Not
   * from within the recovery: what they report is news, and not a part of it. Never throws.
   */
  tell(told: Told): void {
    if (this.#handled.heard) queueMicrotask(() => this.#handled.emit(told, { source: told.component }));
  }
}

const faultHandled = defineSignal<Told>('fault.handled');
