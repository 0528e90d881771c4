import type { Fault } from '../faults/index.ts';
import type { Signals } from '../signals/index.ts';
import type { CurrentFault } from './current-faults.ts';
import type { Outcome } from './error-response.ts';
import type { LoopRefusal } from './loop-guard.ts';
import {
  alertRequested,
  faultCleared,
  faultRaised,
  faultStorm,
  recoveryFinished,
  recoveryRefused,
  recoveryStarted,
  restartRequested,
} from './recovery-signals.ts';
import type { ErrorContext } from './recovery-strategy.ts';

/** Says as signals what an error handler does. */
export class RecoveryReports {
  readonly #channels;

  constructor(signals: Signals) {
    this.#channels = {
      raised: signals.channel(faultRaised),
      cleared: signals.channel(faultCleared),
      storm: signals.channel(faultStorm),
      started: signals.channel(recoveryStarted),
      finished: signals.channel(recoveryFinished),
      refused: signals.channel(recoveryRefused),
      alert: signals.channel(alertRequested),
      restart: signals.channel(restartRequested),
    };
  }

  raised(context: ErrorContext, fault: Fault): void {
    const { raised } = this.#channels;
    if (!raised.heard) return;
    const { component, ...facts } = context;
    raised.emit({ component, fault, facts }, origin(component, fault));
  }

  cleared({ component, fault, firstMs }: CurrentFault, why: 'recovered' | 'cleared', nowMs: number): void {
    const { cleared } = this.#channels;
    if (!cleared.heard) return;
    cleared.emit({ component, fault, why, activeMs: nowMs - firstMs }, origin(component, fault));
  }

  storm(component: string, fault: Fault, limit: number, windowMs: number): void {
    const { storm } = this.#channels;
    if (storm.heard) storm.emit({ component, fault, limit, windowMs }, origin(component, fault));
  }

  started(component: string, fault: Fault, strategy: string): void {
    const { started } = this.#channels;
    if (started.heard) started.emit({ component, fault, strategy }, origin(component, fault));
  }

  finished(component: string, fault: Fault, strategy: string, outcome: Outcome, durationMs: number): void {
    const { finished } = this.#channels;
    if (!finished.heard) return;
    const { handled, recovered, fallbackUsed, message, failure } = outcome;
    finished.emit(
      {
        component,
        fault,
        strategy,
        handled,
        recovered,
        fallbackUsed,
        message,
        ...(failure && { failure }),
        durationMs,
      },
      origin(component, fault),
    );
  }

  refused(component: string, fault: Fault, why: LoopRefusal): void {
    const { refused } = this.#channels;
    if (refused.heard) refused.emit({ component, fault, why }, origin(component, fault));
  }

  alert(component: string, fault: Fault): void {
    const { alert } = this.#channels;
    if (alert.heard) alert.emit({ component, fault }, origin(component, fault));
  }

  restart(component: string, fault: Fault, accepted: boolean): void {
    const { restart } = this.#channels;
    if (restart.heard) restart.emit({ component, fault, accepted }, origin(component, fault));
  }
}

function origin(component: string, fault: Fault): { source: string; operationId: string | undefined } {
  return { source: component, operationId: fault.operationId };
}
