import { checkNumber, WAIT } from '../../options/index.ts';
import { systemRandom } from '../../time/index.ts';
import { DEFAULT_OPEN_MS } from './breaker-options.ts';
import type { BreakerReason } from './breaker-state.ts';
import type { Circuit, Phase } from './circuit.ts';
import { become, passes } from './judge-calls.ts';

/** @internal */
export const CLOSED: Phase = { state: 'closed', trip: open };

/** @internal Opens a circuit: for `waitMs`, where that is known. */
export function open(circuit: Circuit, reason: BreakerReason, nowMs: number, waitMs?: number): void {
  const { openMs, random = systemRandom } = circuit.rules;
  const timesOpened = ++circuit.timesOpened;
  let untilMs = nowMs + DEFAULT_OPEN_MS;
  // It opens whatever the function does.
  try {
    const chosenMs = waitMs ?? (typeof openMs === 'function' ? openMs(timesOpened, random) : openMs);
    checkNumber('openMs', chosenMs, WAIT);
    untilMs = nowMs + chosenMs;
  } finally {
    wait(circuit, 'open', untilMs, reason, { view: () => ({ reason, timesOpened }) });
  }
}

/** @internal Refuses calls until then. A circuit that has opened needs probes after that. */
export function wait(
  circuit: Circuit,
  state: Phase['state'],
  untilMs: number,
  reason: BreakerReason,
  own: Partial<Phase>,
): void {
  const admits = (nowMs: number) => {
    if (nowMs < untilMs) return false;
    if (circuit.timesOpened > 0) halfOpen(circuit);
    else close(circuit, 'limit-over', nowMs);
    return passes(circuit, nowMs);
  };
  become(circuit, { ...own, state, untilMs, admits }, reason);
}

/** Lets as many calls through as it needs probes, and decides as soon as their results cannot be turned. */
function halfOpen(circuit: Circuit): void {
  const { gate, rules } = circuit;
  const { halfOpenProbes, halfOpenSuccessRatio, probeDeadlineMs, trip } = rules;
  let succeeded = 0;
  let failed = 0;
  let overdueMs = 0;
  const phase: Phase = {
    state: 'half-open',
    admits(nowMs) {
      const isFree = gate.active + succeeded + failed < halfOpenProbes;
      if (isFree) overdueMs = nowMs + probeDeadlineMs;
      else if (nowMs >= overdueMs) open(circuit, 'probe-overdue', nowMs);
      return isFree;
    },
    judge(isFailure, nowMs, tookMs = 0) {
      if (isFailure || trip.some(({ slowMs = tookMs }) => tookMs > slowMs)) failed++;
      else succeeded++;
      if (succeeded / halfOpenProbes >= halfOpenSuccessRatio) close(circuit, 'probes-succeeded', nowMs);
      else if ((halfOpenProbes - failed) / halfOpenProbes < halfOpenSuccessRatio)
        open(circuit, 'probes-failed', nowMs);
    },
    view: () => ({ probing: gate.active, succeeded, failed }),
  };
  become(circuit, phase, 'wait-over');
}

/** By the ramp where there is one. */
function close(circuit: Circuit, reason: BreakerReason, nowMs: number): void {
  const { ramp } = circuit.rules;
  if (ramp) ramp(circuit, reason, nowMs);
  else become(circuit, CLOSED, reason);
}
