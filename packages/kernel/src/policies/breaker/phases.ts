import { checkOption, FOREVER, WAIT } from '../../options/index.ts';
import type { Clock, Random } from '../../time/index.ts';
import type { BreakerReason } from './breaker-transitions.ts';
import { become, type Circuit, type Phase } from './circuit.ts';

/** @internal */
export const DEFAULT_OPEN_MS = 60_000;

/** @internal */
export const CLOSED: Phase = { state: 'closed', trip: open };

/** @internal At once, for all calls. */
export function close(circuit: Circuit, reason: BreakerReason): void {
  circuit.timesOpened = 0;
  become(circuit, CLOSED, reason);
}

/** @internal */
export function open(circuit: Circuit, reason: BreakerReason): void {
  const { openMs, random } = circuit.rules;
  let waitMs = DEFAULT_OPEN_MS;
  // It opens whatever the function does.
  try {
    const chosenMs = openMs(++circuit.timesOpened, random as Random);
    checkOption('openMs', chosenMs, WAIT);
    waitMs = chosenMs;
  } finally {
    wait(circuit, 'open', waitMs, reason);
  }
}

/** @internal Refuses calls for so long. */
export function wait(
  circuit: Circuit,
  state: Phase['state'],
  waitMs: number,
  reason: BreakerReason,
  fault?: Phase['fault'],
): void {
  const { clock } = circuit.rules;
  become(circuit, { state, untilMs: (clock as Clock).monotonicMs() + waitMs, fault }, reason);
}

/** @internal Whether one more call may pass. Changes the phase when its time is over. */
export function passes(circuit: Circuit, nowMs: number): boolean {
  const { phase, rules, timesOpened } = circuit;
  const { admits, untilMs } = phase;
  if (admits) return admits(nowMs);
  if (untilMs === undefined) return true;
  if (nowMs < untilMs) return false;
  // What has never failed needs no probes.
  if (timesOpened === 0) rules.ramp(circuit, 'limit-over');
  else if (rules.mayProbe?.(circuit) ?? true) halfOpen(circuit);
  else return false;
  return passes(circuit, nowMs);
}

/** @internal When a call may come back; null when time does not tell. */
export function retryAfterMsOf({ phase, rules }: Circuit): number | null {
  const leftMs = (phase.untilMs ?? 0) - (rules.clock as Clock).monotonicMs();
  return leftMs < FOREVER ? Math.max(leftMs, 0) : null;
}

/** Lets as many calls through as it needs probes, and decides as soon as their results cannot be turned. */
function halfOpen(circuit: Circuit): void {
  const { gate, rules } = circuit;
  const { halfOpenProbes, halfOpenSuccessRatio, probeDeadlineMs } = rules;
  let succeeded = 0;
  let failed = 0;
  let overdueMs = 0;
  const phase: Phase = {
    state: 'half-open',
    admits(nowMs) {
      const isFree = gate.active + succeeded + failed < halfOpenProbes;
      if (isFree) overdueMs = nowMs + probeDeadlineMs;
      else if (nowMs >= overdueMs) open(circuit, 'probe-overdue');
      return isFree;
    },
    judge(isFailure) {
      if (isFailure) failed++;
      else succeeded++;
      if (succeeded / halfOpenProbes >= halfOpenSuccessRatio) rules.ramp(circuit, 'probes-succeeded');
      else if ((halfOpenProbes - failed) / halfOpenProbes < halfOpenSuccessRatio)
        open(circuit, 'probes-failed');
    },
  };
  become(circuit, phase, 'wait-over');
}
