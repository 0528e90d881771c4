import { checkOptions, FOREVER, WAIT } from '../../options/index.ts';
import type { BreakerControls } from './breaker-controls.ts';
import type { Circuit } from './circuit.ts';
import { become, clockOf, count } from './judge-calls.ts';
import { CLOSED, open } from './phases.ts';
import { limit } from './service-limit.ts';
import type { Counted, Tally } from './trip-rule.ts';

/** The state of a breaker as plain data, to be kept and restored: in wall time, so that it outlives the process. */
export interface BreakerSnapshot {
  readonly name: string;
  /** Half-open and recovering are kept as open with the wait over; what is held by hand, as closed. */
  readonly state: 'closed' | 'open' | 'rate-limited' | 'quota-exhausted';
  /** Unix milliseconds. */
  readonly savedWallMs: number;
  /** What was left of the wait then; 0 when there is none, null when a quota is used up until `reset`. */
  readonly retryAfterMs: number | null;
  /** Since it was last closed. */
  readonly timesOpened: number;
  /** What each rule has counted, when it is closed. */
  readonly counted: readonly Counted[];
}

/** What is to be kept of a breaker. */
export function saveBreaker(breaker: BreakerControls): BreakerSnapshot {
  const circuit = breaker as unknown as Circuit;
  const { name, phase, timesOpened } = circuit;
  const { retryAfterMs = 0, counted = [] } = breaker.state as Partial<BreakerSnapshot>;
  const kept = phase.untilMs === undefined ? 'open' : phase.state;
  return {
    name,
    state: (phase.isHeld || !phase.admits ? 'closed' : kept) as BreakerSnapshot['state'],
    savedWallMs: clockOf(circuit).wallMs(),
    retryAfterMs,
    timesOpened,
    counted,
  };
}

/**
 * Takes over what `saveBreaker` has made, in this process or another. A wait ends at its wall time, and lasts no longer
 * than it would have when it was saved, whatever the wall clock says. What rules have counted is dated at the time of
 * saving. Nothing while the breaker is held by hand. Throws a TypeError or RangeError, and changes nothing, unless
 * `snapshot` is one of a breaker of this name.
 */
export function restoreBreaker(breaker: BreakerControls, snapshot: unknown): void {
  const circuit = breaker as unknown as Circuit;
  const { state, savedWallMs, retryAfterMs, timesOpened, counted } = checked(circuit.name, snapshot);
  if (circuit.phase.isHeld) return;
  const clock = clockOf(circuit);
  const nowMs = clock.monotonicMs();
  const ageMs = Math.max(clock.wallMs() - savedWallMs, 0);
  const leftMs = Math.max((retryAfterMs ?? FOREVER) - ageMs, 0);
  become(circuit, CLOSED, 'reset');
  if (state === 'closed') {
    count(circuit, nowMs - ageMs);
    circuit.rules.trip.forEach((rule, at) => {
      const { calls, failures } = counted[at] ?? { calls: 0, failures: 0 };
      rule.count(circuit.tallies[at] as Tally, nowMs - ageMs, calls - failures, failures);
    });
  } else if (state === 'open') {
    circuit.timesOpened = Math.max(timesOpened - 1, 0);
    open(circuit, 'restored', nowMs, leftMs);
  } else {
    circuit.timesOpened = timesOpened;
    limit(circuit, state, leftMs);
  }
}

function checked(name: string, value: unknown): BreakerSnapshot {
  const snapshot = { ...(value as BreakerSnapshot) };
  const { state, savedWallMs, retryAfterMs, timesOpened, counted } = snapshot;
  const of = `snapshot of ${name}`;
  const isKnown = ['closed', 'open', 'rate-limited', 'quota-exhausted'].includes(state);
  if (snapshot.name !== name || !isKnown || !Array.isArray(counted)) {
    throw new TypeError(`a ${of} must be one that saveBreaker has made; got ${JSON.stringify(value)}`);
  }
  const isEndless = retryAfterMs === null && (state === 'closed' || state === 'quota-exhausted');
  checkOptions(of, {
    savedWallMs: [savedWallMs, WAIT],
    retryAfterMs: [isEndless ? 0 : retryAfterMs, WAIT],
    timesOpened: [timesOpened, WAIT],
  });
  for (const { calls, failures } of counted) {
    checkOptions(of, { calls: [calls, WAIT], failures: [failures, { ...WAIT, most: calls }] });
  }
  return snapshot;
}
