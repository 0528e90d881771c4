import type { Fault } from '../faults/index.ts';
import { defineSignal, type SignalSink, type SignalType } from '../signals/index.ts';
import type { Outcome } from './error-response.ts';
import type { ErrorContext } from './recovery-strategy.ts';

/** A fault, and where it happened. */
export interface FaultReport {
  readonly fault: Fault;
  readonly context: ErrorContext;
}

/** An error was reported to the handler; every one is, save in a storm. With severity CRITICAL it is an alert. */
export const faultRaised = defineSignal<FaultReport>('fault.raised');

/** Faults of this kind come so fast that no more is said of them in this window. At most once a window. */
export const faultStorm = defineSignal<FaultReport>('fault.storm');

/** A fault is no longer current. */
export const faultCleared = defineSignal<FaultReport>('fault.cleared');

/** A strategy came to its end. What it made is not told: it may be audio, or somebody's secret. */
export const recoveryFinished = defineSignal<
  FaultReport &
    Omit<Outcome, 'output'> & {
      readonly strategy: string;
      readonly output?: undefined;
      readonly durationMs: number;
    }
>('recovery.finished');

/** Says what happened to a fault, where somebody listens; the component is the source. */
export function say<Data extends FaultReport>(signals: SignalSink, type: SignalType<Data>, data: Data): void {
  const { fault, context } = data;
  signals.channel(type).emit(data, { source: context.component, operationId: fault.operationId });
}
