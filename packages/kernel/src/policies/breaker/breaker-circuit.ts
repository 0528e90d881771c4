import type { Fault } from '../../faults/index.ts';
import { FOREVER } from '../../options/index.ts';
import { Gate, type Refusal } from '../pipeline/index.ts';
import type { BreakerControls } from './breaker-controls.ts';
import { breakerFaults } from './breaker-faults.ts';

import type { BreakerState } from './breaker-state.ts';
import type { BreakerRules, Circuit, Phase, ServiceLimit } from './circuit.ts';
import { become, clockOf, count, countAnew, judge } from './judge-calls.ts';
import { CLOSED } from './phases.ts';

import type { Tally } from './trip-rule.ts';

/** @internal A circuit as its owner and the pipeline see it. */
export class BreakerCircuit implements Circuit, BreakerControls, Refusal {
  readonly name: string;
  readonly key: string;
  readonly rules: BreakerRules;
  readonly gate: Gate = new Gate();
  phase: Phase = CLOSED;
  timesOpened = 0;
  tallies: readonly Tally[] = [];

  constructor(rules: BreakerRules, name: string, key = '') {
    this.name = name;
    this.key = key;
    this.rules = rules;
    countAnew(this);
  }

  get state(): BreakerState {
    const { phase, rules, tallies } = this;
    const { state, trip, untilMs, view } = phase;
    const nowMs = clockOf(this).monotonicMs();
    count(this, nowMs);
    return {
      state,
      ...(trip && {
        counted: tallies.map(({ calls, failures }, at) => ({
          reason: rules.trip[at]?.reason,
          calls,
          failures,
        })),
      }),
      ...(untilMs !== undefined && { retryAfterMs: this.#leftMs(nowMs) }),
      ...view?.(nowMs),
    } as BreakerState;
  }

  limit(limit: ServiceLimit): void {
    limit(this);
  }

  reset(): void {
    if (!this.phase.isHeld) become(this, CLOSED, 'reset');
  }

  report(outcome: 'success' | 'failure'): void {
    judge(this, clockOf(this).monotonicMs(), outcome === 'failure');
  }

  get retryable(): boolean {
    return false;
  }

  toFault(operationId: string | undefined): Fault {
    const { fault = breakerFaults.CIRCUIT_OPEN } = this.phase;
    const retryAfterMs = this.#leftMs(clockOf(this).monotonicMs());
    return fault({ breaker: this.name, retryAfterMs }, { operationId });
  }

  /** When a call may pass again; null when time does not tell. */
  #leftMs(nowMs: number): number | null {
    const leftMs = Math.max((this.phase.untilMs ?? 0) - nowMs, 0);
    return leftMs < FOREVER ? leftMs : null;
  }
}
