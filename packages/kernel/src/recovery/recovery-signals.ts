import type { Fault } from '../faults/index.ts';
import { defineSignal, type SignalSink, type SignalType } from '../signals/index.ts';
import type { Outcome } from './error-response.ts';
import type { LoopRefusal } from './loop-guard.ts';

export interface FaultReport {
  readonly component: string;
  readonly fault: Fault;
}

/** An error was reported to the handler; every one is, save in a storm. */
export const faultRaised = defineSignal<FaultReport & { readonly facts: Readonly<Record<string, unknown>> }>(
  'fault.raised',
);

/** A fault is no longer current. `activeMs`: since it was first raised. */
export const faultCleared = defineSignal<FaultReport & { readonly activeMs: number }>('fault.cleared');

/** Faults of this kind come so fast that no more is said of them in this window. At most once a window. */
export const faultStorm = defineSignal<FaultReport>('fault.storm');

/** A strategy was started. */
export const recoveryStarted = defineSignal<FaultReport & { readonly strategy: string }>('recovery.started');

/** A recovery came to its end. What it made is not told: it may be audio, or somebody's secret. */
export const recoveryFinished = defineSignal<
  FaultReport &
    Omit<Outcome, 'output'> & {
      readonly strategy: string;
      readonly output?: undefined;
      readonly durationMs: number;
    }
>('recovery.finished');

/** A recovery was not even started, to keep the handler out of a loop. */
export const recoveryRefused = defineSignal<FaultReport & { readonly why: LoopRefusal }>('recovery.refused');

/** A person should know at once. */
export const alertRequested = defineSignal<FaultReport>('alert.requested');

/** The component shall be restarted. `accepted`: whether anybody does. */
export const restartRequested = defineSignal<FaultReport & { readonly accepted: boolean }>(
  'recovery.restart-requested',
);

/** Says what happened to a fault, where somebody listens. */
export function say<Facts extends object>(
  signals: SignalSink,
  type: SignalType<FaultReport & Facts>,
  { component, fault }: FaultReport,
  facts: Facts,
): void {
  const channel = signals.channel(type);
  if (!channel.heard) return;
  channel.emit({ component, fault, ...facts }, { source: component, operationId: fault.operationId });
}
