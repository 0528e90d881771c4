import { classify, isCancelled } from '../faults/index.ts';
import { defineSignal, type SignalSink } from '../signals/index.ts';
import { type FaultReport, say } from './recovery-signals.ts';

/** Something was not done as well as it could be, and the next lesser way is tried. */
export const degraded = defineSignal<
  FaultReport & {
    /** The way that failed: `high_quality`. */
    readonly step: string;
  }
>('recovery.degraded');

/** Says that a way of doing something failed and a lesser one is next. What was cancelled is no degradation. */
export function logDegradation(signals: SignalSink, component: string, step: string, error: unknown): void {
  if (!isCancelled(error)) say(signals, degraded, { fault: classify(error), context: { component }, step });
}
