import type { BreakerRules } from './breaker-options.ts';
import type { BreakerReason, BreakerState } from './breaker-state.ts';
import { CallWindow } from './call-window.ts';

/** What a circuit remembers, by state. */
export type Circuit = Closed | Open | HalfOpen | Isolated;

export interface Closed {
  readonly state: 'closed';
  consecutiveFailures: number;
  readonly window: CallWindow | undefined;
}

export interface Open {
  readonly state: 'open';
  readonly reason: BreakerReason;
  readonly untilMs: number;
}

export interface HalfOpen {
  readonly state: 'half-open';
  /** Probes that are out. */
  probing: number;
  succeeded: number;
  failed: number;
  lastProbeMs: number;
}

export interface Isolated {
  readonly state: 'isolated';
  /** How many have isolated it and not yet released it. */
  holds: number;
}

export function closed({ window }: BreakerRules): Closed {
  return {
    state: 'closed',
    consecutiveFailures: 0,
    window: window && new CallWindow(window.durationMs, window.buckets),
  };
}

export function halfOpen(): HalfOpen {
  return { state: 'half-open', probing: 0, succeeded: 0, failed: 0, lastProbeMs: 0 };
}

/** Why a closed circuit must open after a failure; undefined when it must not. */
export function whyOpen(circuit: Closed, rules: BreakerRules) {
  if (rules.consecutive !== undefined && circuit.consecutiveFailures >= rules.consecutive) {
    return 'consecutive-failures';
  }
  if (rules.window === undefined || circuit.window === undefined) return undefined;
  const { calls, failures } = circuit.window;
  const { minimumCalls, failureRatio } = rules.window;
  return calls >= minimumCalls && failures >= calls * failureRatio ? 'failure-ratio' : undefined;
}

/** What the results of the probes decide; undefined while they do not, which is until they cannot be turned. */
export function verdictOf(circuit: HalfOpen, rules: BreakerRules) {
  const { halfOpenProbes, halfOpenSuccessRatio } = rules;
  // The tolerance keeps 3 of 10 from missing a ratio of 0.3 by a rounding error.
  const needed = Math.ceil(halfOpenProbes * halfOpenSuccessRatio - 1e-9);
  if (circuit.succeeded >= needed) return 'probes-succeeded';
  return circuit.failed > halfOpenProbes - needed ? 'probes-failed' : undefined;
}

/** Whether a half-open circuit has waited too long for probes that hang. */
export function isOverdue(circuit: HalfOpen, rules: BreakerRules, nowMs: number): boolean {
  return nowMs >= circuit.lastProbeMs + rules.probeDeadlineMs;
}

/** Whether one more call may pass as a probe. */
export function hasProbeLeft(circuit: HalfOpen, rules: BreakerRules): boolean {
  return circuit.probing + circuit.succeeded + circuit.failed < rules.halfOpenProbes;
}

/** When a call may pass again; null when time does not tell. */
export function retryAfterMs(circuit: Circuit, nowMs: number): number | null {
  if (circuit.state === 'isolated') return null;
  return circuit.state === 'open' ? Math.max(circuit.untilMs - nowMs, 0) : 0;
}

/** The state as others may see it. */
export function describe(circuit: Circuit, nowMs: number): BreakerState {
  if (circuit.state === 'open') {
    const { state, reason, untilMs } = circuit;
    return { state, reason, retryAfterMs: Math.max(untilMs - nowMs, 0) };
  }
  if (circuit.state === 'half-open') {
    const { state, probing, succeeded, failed } = circuit;
    return { state, probing, succeeded, failed };
  }
  if (circuit.state === 'isolated') return { ...circuit };
  const { state, consecutiveFailures, window } = circuit;
  window?.moveTo(nowMs);
  return {
    state,
    consecutiveFailures,
    windowCalls: window?.calls ?? 0,
    windowFailures: window?.failures ?? 0,
  };
}
