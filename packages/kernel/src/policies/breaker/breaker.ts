import type { Fault } from '../../faults/index.ts';
import type { SignalChannel } from '../../signals/index.ts';
import type { Clock } from '../../time/index.ts';
import { isCancelled } from '../is-cancelled.ts';
import {
  type Call,
  changes,
  type Environment,
  Gate,
  type Layer,
  layer,
  NO_LIMIT,
  type Policy,
  type Refusal,
} from '../pipeline/index.ts';
import { policyFaults } from '../policy-faults.ts';
import { type BreakerOptions, type BreakerRules, checkBreakerOptions } from './breaker-options.ts';
import {
  type BreakerReason,
  type BreakerState,
  type BreakerTransition,
  breakerChanged,
} from './breaker-state.ts';
import {
  type Circuit,
  closed,
  describe,
  type HalfOpen,
  halfOpen,
  hasProbeLeft,
  isOverdue,
  retryAfterMs,
  verdictOf,
  whyOpen,
} from './circuit.ts';

/** A policy with a state, shared by all pipelines that it is used in. */
export interface Breaker<T = unknown> extends Policy<never, T> {
  readonly kind: 'breaker';
  readonly name: string;
  /** A snapshot. */
  readonly state: BreakerState;
  /**
   * Refuses all calls until the answered function is called. Several may isolate at once; the last release closes
   * the breaker, with nothing counted. Releasing twice is harmless.
   */
  isolate(): () => void;
}

/**
 * Spares a dependency that fails, and its callers the wait: closed, it counts failures; open, it refuses calls with
 * the fault CIRCUIT_OPEN; half-open, it lets a few through to see. Throws a RangeError or TypeError when an option
 * is out of range.
 *
 * Calls are judged by what they end in: failure, or success. A call that was stopped from further out, by the
 * caller or by a timeout outside of the breaker, is not judged, and gives its place as a probe back: put a timeout
 * inside of the breaker when it should count. Neither is a call judged that began before the last change of state.
 *
 * There is no timer: changes that time makes are made when the next call comes.
 */
export function breaker<T = never>(options: BreakerOptions<T>): Breaker<[T] extends [never] ? unknown : T> {
  return new CircuitBreaker(options as BreakerOptions<unknown>);
}

class CircuitBreaker implements Breaker, Refusal {
  readonly kind = 'breaker';
  readonly retryable = policyFaults.CIRCUIT_OPEN.declaration.retryable ?? false;
  readonly #rules: BreakerRules;
  #clock: Clock | undefined;
  #changed: SignalChannel<BreakerTransition & { readonly breaker: string }> | undefined;
  #circuit: Circuit;
  /** Open while the circuit is closed, and counts its successes. */
  readonly #gate = new Gate();

  constructor(options: BreakerOptions<unknown>) {
    this.#rules = checkBreakerOptions(options);
    this.#clock = options.clock;
    this.#changed = options.signals?.channel(breakerChanged);
    this.#circuit = closed(this.#rules);
    this.#setGate();
  }

  get name(): string {
    return this.#rules.name;
  }

  get state(): BreakerState {
    this.#collect();
    return describe(this.#circuit, this.#nowMs());
  }

  isolate(): () => void {
    if (this.#circuit.state === 'isolated') this.#circuit.holds++;
    else this.#become({ state: 'isolated', holds: 1 }, 'isolated');
    let held = true;
    return () => {
      if (held && this.#circuit.state === 'isolated') {
        this.#circuit.holds--;
        if (this.#circuit.holds === 0) this.#become(closed(this.#rules), 'released');
      }
      held = false;
    };
  }

  attach(level: number, { name, clock, signals }: Environment): Layer {
    this.#clock ??= clock;
    this.#changed ??= signals.channel(breakerChanged);
    if (this.#clock !== clock) {
      throw new TypeError(
        `the breaker ${this.name} and the pipeline ${name} go by different clocks: give both the same`,
      );
    }
    const { isFailure, isFailureResult, window } = this.#rules;
    return layer({
      gate: this.#gate,
      timed: window !== undefined,
      enter: (call, nowMs) => this.#admit(call, level, nowMs),
      succeeded: (call) => {
        const failed = isFailureResult !== undefined && this.#ask(isFailureResult, call.value, call, level);
        return failed ? this.#onFailure(call, level) : this.#onSuccess(call, level);
      },
      failed: (call) => {
        if (isFailure === undefined && call.refusal === undefined && isCancelled(call.error)) {
          return this.#release(call, level);
        }
        const failed = isFailure === undefined || this.#ask(isFailure, call.error, call, level);
        return failed ? this.#onFailure(call, level) : this.#onSuccess(call, level);
      },
      cancelled: (call) => this.#release(call, level),
    });
  }

  toFault(operationId: string | undefined): Fault {
    const context = { breaker: this.name, retryAfterMs: retryAfterMs(this.#circuit, this.#nowMs()) };
    return policyFaults.CIRCUIT_OPEN(context, { operationId });
  }

  #admit(call: Call, level: number, nowMs: number): undefined {
    const circuit = this.#circuit;
    if (circuit.state === 'closed') {
      this.#collect();
      circuit.window?.moveTo(nowMs);
      this.#setGate();
      this.#gate.active++;
    } else if (!this.#admitsProbe()) {
      call.refuse(this);
      return;
    }
    call.remember(level, changes.count);
  }

  /** Calls pass by themselves while the circuit is closed, and its window need not move on. */
  #setGate(): void {
    const circuit = this.#circuit;
    const isClosed = circuit.state === 'closed';
    this.#gate.limit = isClosed ? NO_LIMIT : 0;
    this.#gate.untilMs = (isClosed && circuit.window?.newestEndsMs) || Number.MAX_VALUE;
  }

  /** Takes over the successes that the gate has counted. */
  #collect(): void {
    const { successes } = this.#gate;
    if (successes === 0) return;
    this.#gate.successes = 0;
    if (this.#circuit.state !== 'closed') return;
    this.#circuit.consecutiveFailures = 0;
    this.#circuit.window?.countSuccesses(successes);
  }

  /** Whether the call began before the circuit changed. */
  #isLate(call: Call, level: number): boolean {
    return ((call.recall(level) as number | undefined) ?? call.began) < this.#gate.changed;
  }

  #admitsProbe(): boolean {
    const nowMs = this.#nowMs();
    if (this.#circuit.state === 'open' && nowMs >= this.#circuit.untilMs) {
      this.#become(halfOpen(), 'wait-over');
    }
    const circuit = this.#circuit;
    if (circuit.state !== 'half-open') return false;
    if (!hasProbeLeft(circuit, this.#rules)) {
      if (isOverdue(circuit, this.#rules, nowMs)) this.#open('probe-overdue', nowMs);
      return false;
    }
    circuit.probing++;
    circuit.lastProbeMs = nowMs;
    return true;
  }

  #onSuccess(call: Call, level: number): undefined {
    if (this.#isLate(call, level)) return;
    const circuit = this.#circuit;
    if (circuit.state === 'closed') {
      this.#gate.active--;
      this.#gate.successes++;
    } else if (circuit.state === 'half-open') {
      circuit.probing--;
      circuit.succeeded++;
      this.#decide(circuit);
    }
  }

  #onFailure(call: Call, level: number): undefined {
    if (this.#isLate(call, level)) return;
    const circuit = this.#circuit;
    if (circuit.state === 'closed') {
      this.#gate.active--;
      this.#collect();
      circuit.consecutiveFailures++;
      circuit.window?.countFailure(this.#nowMs());
      const reason = whyOpen(circuit, this.#rules);
      if (reason !== undefined) this.#open(reason, this.#nowMs());
    } else if (circuit.state === 'half-open') {
      circuit.probing--;
      circuit.failed++;
      this.#decide(circuit);
    }
  }

  #release(call: Call, level: number): undefined {
    if (this.#isLate(call, level)) return;
    if (this.#circuit.state === 'closed') this.#gate.active--;
    else if (this.#circuit.state === 'half-open') this.#circuit.probing--;
  }

  #decide(circuit: HalfOpen): void {
    const verdict = verdictOf(circuit, this.#rules);
    if (verdict === 'probes-succeeded') this.#become(closed(this.#rules), verdict);
    else if (verdict === 'probes-failed') this.#open(verdict, this.#nowMs());
  }

  #open(reason: BreakerReason, nowMs: number): void {
    this.#become({ state: 'open', reason, untilMs: nowMs + this.#rules.openMs }, reason);
  }

  #become(circuit: Circuit, reason: BreakerReason): void {
    const change = { from: this.#circuit.state, to: circuit.state, reason } as BreakerTransition;
    this.#collect();
    this.#circuit = circuit;
    this.#gate.active = 0;
    this.#gate.changed = ++changes.count;
    this.#setGate();
    if (this.#changed?.heard) {
      this.#changed.emit({ breaker: this.name, ...change }, { source: this.name });
    }
  }

  /** A predicate that throws must not keep the probe's place. */
  #ask(predicate: (value: unknown) => boolean, value: unknown, call: Call, level: number): boolean {
    try {
      return predicate(value);
    } catch (error) {
      this.#release(call, level);
      throw error;
    }
  }

  #nowMs(): number {
    // Without a clock there was no pipeline, hence no call, hence nothing that depends on time.
    return this.#clock?.monotonicMs() ?? 0;
  }
}
