import { classify, type Fault, isCancelled } from '../faults/index.ts';
import { defineSignal, type SignalSink } from '../signals/index.ts';
import { say } from './recovery-signals.ts';

/** Something was not done as well as it could be, and the next lesser way is tried. */
export const degraded = defineSignal<{
  readonly component: string;
  /** The way that failed: `high_quality`. */
  readonly step: string;
  readonly fault: Fault;
}>('recovery.degraded');

/** Says that a way of doing something failed and a lesser one is next. What was cancelled is no degradation. */
export function logDegradation(signals: SignalSink, component: string, step: string, error: unknown): void {
  if (!isCancelled(error)) say(signals, degraded, { component, fault: classify(error) }, { step });
}
