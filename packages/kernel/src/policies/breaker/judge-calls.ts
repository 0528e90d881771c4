import { FOREVER } from '../../options/index.ts';
import { type Clock, systemClock } from '../../time/index.ts';
import { changes, NO_LIMIT } from '../pipeline/index.ts';
import type { BreakerReason } from './breaker-state.ts';
import type { Admitted, Circuit, Phase } from './circuit.ts';
import type { Tally } from './trip-rule.ts';

/** @internal */
export function clockOf({ rules }: Circuit): Clock {
  rules.clock ??= systemClock;
  return rules.clock;
}

/** @internal */
export function become(circuit: Circuit, phase: Phase, reason: BreakerReason): void {
  const { name, gate, rules } = circuit;
  const from = circuit.phase.state;
  const to = phase.state;
  circuit.phase = phase;
  if (to === 'closed') circuit.timesOpened = 0;
  gate.active = 0;
  gate.successes = 0;
  gate.changed = ++changes.count;
  countAnew(circuit);
  rules.onChange?.(circuit);
  if (from !== to && rules.changed?.heard) {
    rules.changed.emit({ breaker: name, from, to, reason }, { source: name });
  }
}

/** @internal Forgets what was counted. */
export function countAnew(circuit: Circuit): void {
  circuit.tallies = circuit.rules.trip.map((rule) => rule.begin());
  setGate(circuit);
}

/** @internal Calls pass by themselves while the phase lets them, nothing has to see them, and no window must move on. */
export function setGate({ gate, phase, rules, tallies }: Circuit): void {
  const isSeen = phase.admits ?? rules.isFailureResult ?? rules.trip.some(({ began }) => began);
  gate.limit = isSeen ? 0 : NO_LIMIT;
  gate.untilMs = FOREVER;
  for (const { movesAtMs = gate.untilMs } of tallies) gate.untilMs = Math.min(gate.untilMs, movesAtMs);
}

/** @internal Whether one more call may pass. */
export function passes({ phase }: Circuit, nowMs: number): boolean {
  return phase.admits?.(nowMs) ?? true;
}

/** @internal */
export function admit(circuit: Circuit, nowMs: number): Admitted | undefined {
  if (!passes(circuit, nowMs)) return undefined;
  const { phase, rules } = circuit;
  judge(circuit, nowMs);
  // A call in flight has become too slow.
  if (circuit.phase !== phase) return undefined;
  circuit.gate.active++;
  const call = { circuit, era: changes.count, startMs: nowMs, isOver: false };
  rules.trip.forEach((rule, at) => {
    rule.began?.(circuit.tallies[at] as Tally, call);
  });
  return call;
}

/**
 * @internal A call is over that was admitted, or has passed the gate, when `changes.count` was `era`. `isFailure` is
 * undefined when it says nothing of the dependency.
 */
export function leave(circuit: Circuit, isFailure: boolean | undefined, era: number, call?: Admitted): void {
  if (era < circuit.gate.changed) return;
  circuit.gate.active--;
  const nowMs = clockOf(circuit).monotonicMs();
  judge(circuit, nowMs, isFailure, call && nowMs - call.startMs);
  if (call) call.isOver = true;
}

/** @internal Draws its conclusions from a result, when there is one, and from what the rules have seen until now. */
export function judge(circuit: Circuit, nowMs: number, isFailure?: boolean, tookMs?: number): void {
  const reason = count(circuit, nowMs, isFailure, tookMs);
  const { phase } = circuit;
  if (reason && phase.trip) phase.trip(circuit, reason, nowMs);
  else if (isFailure !== undefined) phase.judge?.(isFailure, nowMs, tookMs);
}

/** @internal Tells the rules of a result, and of the successes that the gate has counted. Answers why to open. */
export function count(
  circuit: Circuit,
  nowMs: number,
  isFailure?: boolean,
  tookMs = FOREVER,
): BreakerReason | undefined {
  const { gate, rules, tallies } = circuit;
  if (isFailure === false) gate.successes++;
  const failed = isFailure === undefined ? undefined : Number(isFailure);
  let why: BreakerReason | undefined;
  rules.trip.forEach((rule, at) => {
    const { slowMs } = rule;
    const tally = tallies[at] as Tally;
    const isReached =
      slowMs === undefined
        ? // It wraps around.
          rule.count(tally, nowMs, gate.successes >>> 0, failed) && isFailure
        : rule.count(tally, nowMs, isFailure !== undefined && tookMs <= slowMs ? 1 : 0, 0);
    if (isReached) why ??= rule.reason;
  });
  gate.successes = 0;
  setGate(circuit);
  return why;
}
