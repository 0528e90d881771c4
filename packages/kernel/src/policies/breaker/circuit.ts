import type { Fault } from '../../faults/index.ts';
import { checkNumber } from '../../options/index.ts';
import { type Clock, systemClock, systemRandom } from '../../time/index.ts';
import { changes, Gate, NO_LIMIT, type Refusal } from '../pipeline/index.ts';
import type { BreakerControls } from './breaker-controls.ts';
import { breakerFaults } from './breaker-faults.ts';
import { type BreakerRules, DEFAULT_OPEN_MS } from './breaker-options.ts';
import type { BreakerReason, BreakerState } from './breaker-state.ts';
import { halfOpen } from './half-open.ts';
import { hold } from './hold.ts';
import { CLOSED, type Phase, type Phased } from './phase.ts';
import type { ServiceLimit } from './service-limit.ts';
import type { CallInFlight, Counted, TripCounter } from './trip-rule.ts';

/** @internal A call that a circuit has let through. */
export interface Admitted extends CallInFlight {
  readonly circuit: Circuit;
  /** `changes.count` when it was. */
  readonly era: number;
}

/**
 * @internal The state of one dependency. What time changes is changed when the next call comes. Small, because there may
 * be one for each of many keys: what those have in common is in the rules, and what a state needs in its phase.
 */
export class Circuit implements Phased, Refusal, BreakerControls {
  readonly name: string;
  readonly key: string;
  /**
   * Lets calls pass while the phase does and nothing has to see them, and counts their successes. Its active calls are
   * all that were admitted since the last change: while half-open, the probes.
   */
  readonly gate: Gate = new Gate();
  phase: Phase = CLOSED;
  timesOpened = 0;
  isolations = 0;
  forcings = 0;
  readonly #rules: BreakerRules;
  #counters: readonly TripCounter[] = [];

  constructor(rules: BreakerRules, name: string, key = '') {
    this.name = name;
    this.key = key;
    this.#rules = rules;
    this.#countAnew();
  }

  get state(): BreakerState {
    const { phase } = this;
    return {
      state: phase.state,
      ...(phase.untilMs !== undefined && { retryAfterMs: this.#retryAfterMs }),
      ...phase.view?.(this.#nowMs, this),
    } as BreakerState;
  }

  isolate(): () => void {
    return hold(this, 'isolations');
  }

  forceClosed(): () => void {
    return hold(this, 'forcings');
  }

  limit(limit: ServiceLimit): void {
    limit(this);
  }

  reset(): void {
    if (this.isolations + this.forcings === 0) this.become(CLOSED, 'reset');
  }

  report(outcome: 'success' | 'failure'): void {
    this.#judge(outcome === 'failure', this.clock.monotonicMs());
  }

  // For the layer.

  get retryable(): boolean {
    return false;
  }

  admit(nowMs: number): Admitted | undefined {
    if (!this.#passes(nowMs)) return undefined;
    const admitted = { circuit: this, era: changes.count, startMs: nowMs };
    for (const counter of this.countersAt(nowMs)) {
      if (counter.began?.(admitted)) this.phase.trip?.(this, counter.reason, nowMs);
    }
    // By then a call in flight may have become too slow.
    if (this.gate.changed > admitted.era) return undefined;
    this.gate.active++;
    this.#setGate();
    return admitted;
  }

  /**
   * A call is over that was admitted, or has passed the gate, when `changes.count` was `era`. `isFailure` is undefined
   * when it says nothing of the dependency.
   */
  leave(isFailure: boolean | undefined, era: number, admitted: Admitted | undefined): void {
    if (era < this.gate.changed) return;
    this.gate.active--;
    const nowMs = this.clock.monotonicMs();
    let reason: BreakerReason | undefined;
    for (const counter of this.#counters) {
      if (admitted && counter.ended?.(admitted, nowMs, isFailure)) reason = counter.reason;
    }
    this.#judge(isFailure, nowMs, admitted, reason);
  }

  toFault(operationId: string | undefined): Fault {
    const { fault = breakerFaults.CIRCUIT_OPEN } = this.phase;
    return fault({ breaker: this.name, retryAfterMs: this.#retryAfterMs }, { operationId });
  }

  // For the phases: see Phased.

  get clock(): Clock {
    this.#rules.clock ??= systemClock;
    return this.#rules.clock;
  }

  countersAt(nowMs: number): readonly TripCounter[] {
    this.#collect();
    for (const counter of this.#counters) counter.moveTo?.(nowMs);
    return this.#counters;
  }

  counted(nowMs: number): readonly Counted[] {
    return this.countersAt(nowMs).map(({ reason, calls, failures }) => ({ reason, calls, failures }));
  }

  become(phase: Phase, reason: BreakerReason): void {
    const { changed, onChange } = this.#rules;
    const { gate, name } = this;
    const from = this.phase.state;
    const to = phase.state;
    this.phase = phase;
    if (to === 'closed') this.timesOpened = 0;
    gate.active = 0;
    gate.successes = 0;
    gate.changed = ++changes.count;
    this.#countAnew();
    onChange?.(this);
    if (from !== to && changed?.heard) {
      changed.emit({ breaker: name, from, to, reason }, { source: name });
    }
  }

  open(reason: BreakerReason, nowMs: number, waitMs?: number): void {
    const { openMs, random = systemRandom } = this.#rules;
    const timesOpened = ++this.timesOpened;
    let untilMs = nowMs + DEFAULT_OPEN_MS;
    // It opens whatever the function does.
    try {
      const chosenMs = waitMs ?? (typeof openMs === 'number' ? openMs : openMs(timesOpened, random));
      checkNumber('openMs', chosenMs, { least: 0, most: Number.MAX_SAFE_INTEGER });
      untilMs = nowMs + chosenMs;
    } finally {
      this.become(
        {
          state: 'open',
          untilMs,
          admits: (at) => at >= untilMs && this.tryAgain(at),
          view: () => ({ reason, timesOpened }),
        },
        reason,
      );
    }
  }

  close(reason: BreakerReason, nowMs: number): void {
    const { ramp } = this.#rules;
    if (ramp) ramp(this, reason, nowMs);
    else this.become(CLOSED, reason);
  }

  tryAgain(nowMs: number): boolean | undefined {
    if (this.timesOpened > 0) this.become(halfOpen(this, this.#rules), 'wait-over');
    else this.close('limit-over', nowMs);
    return this.#passes(nowMs);
  }

  // For who changes the rules.

  /** Whether any rule goes by the time. */
  get isTimed(): boolean {
    return this.#counters.some(({ movesAtMs }) => movesAtMs !== undefined);
  }

  /** The rules have changed; `trip` were those to open by. */
  onRules(trip: BreakerRules['trip']): void {
    if (this.#rules.trip !== trip) this.#countAnew();
    else this.#setGate();
  }

  #countAnew(): void {
    this.#counters = this.#rules.trip.map((begin) => begin());
    this.#setGate();
  }

  /** Calls pass by themselves while the phase lets them, nothing has to see them, and no window must move on. */
  #setGate(): void {
    const { gate } = this;
    const { isFailureResult, isUntimed } = this.#rules;
    gate.limit = this.phase.passes && isFailureResult === undefined ? NO_LIMIT : 0;
    gate.untilMs = Number.MAX_VALUE;
    for (const { began, movesAtMs } of this.#counters) {
      if (began || (movesAtMs !== undefined && isUntimed)) gate.limit = 0;
      gate.untilMs = Math.min(gate.untilMs, movesAtMs ?? gate.untilMs);
    }
  }

  #passes(nowMs: number): boolean | undefined {
    return this.phase.passes ?? this.phase.admits?.(nowMs);
  }

  get #nowMs(): number {
    // Without a clock there was nothing yet that depends on time; and looking must not choose one.
    return this.#rules.clock?.monotonicMs() ?? 0;
  }

  /** When a call may pass again; null when time does not tell. */
  get #retryAfterMs(): number | null {
    const leftMs = Math.max((this.phase.untilMs ?? 0) - this.#nowMs, 0);
    return leftMs < Number.POSITIVE_INFINITY ? leftMs : null;
  }

  /** Takes over the successes that the gate has counted; it wraps around. */
  #collect(): void {
    const { gate } = this;
    if (gate.successes === 0) return;
    for (const counter of this.#counters) if (!counter.began) counter.succeeded(gate.successes >>> 0);
    gate.successes = 0;
  }

  #judge(isFailure: boolean | undefined, nowMs: number, call?: CallInFlight, slowness?: BreakerReason): void {
    const { phase } = this;
    let reason = slowness;
    if (isFailure) {
      this.#collect();
      for (const counter of this.#counters) {
        if (!counter.began && counter.failed(nowMs, 1)) reason ??= counter.reason;
      }
    } else if (isFailure === false) this.gate.successes++;
    if (reason && phase.trip) phase.trip(this, reason, nowMs);
    else if (isFailure !== undefined) phase.judge?.(isFailure, nowMs, call);
  }
}
