import type { NumberRange } from '../../options/index.ts';
import { checkOptions } from '../../options/index.ts';
import type { BreakerControls } from './breaker-controls.ts';
import { CLOSED, type Phased } from './phase.ts';
import { quotaExhausted, rateLimited } from './service-limit.ts';

/** The state of a breaker as plain data, to be kept and restored: in wall time, so that it outlives the process. */
export interface BreakerSnapshot {
  readonly name: string;
  /** Half-open and recovering are kept as open with the wait over; what is held by hand, as closed. */
  readonly state: 'closed' | 'open' | 'rate-limited' | 'quota-exhausted';
  /** Unix milliseconds. */
  readonly savedWallMs: number;
  /** When the wait is over, in Unix milliseconds; null when it has no end, or there is none. */
  readonly untilWallMs: number | null;
  /** Since it was last closed. */
  readonly timesOpened: number;
  /** Calls and failures that each rule has counted. */
  readonly counted: readonly (readonly [calls: number, failures: number])[];
}

/** What is to be kept of a breaker. */
export function saveBreaker(breaker: BreakerControls): BreakerSnapshot {
  const { name, clock, timesOpened } = breaker as unknown as Phased;
  const seen = breaker.state;
  const isProbed = 'succeeded' in seen;
  const state = isProbed ? 'open' : STATES.includes(seen.state) ? seen.state : 'closed';
  const leftMs = 'retryAfterMs' in seen ? seen.retryAfterMs : isProbed ? 0 : null;
  const savedWallMs = clock.wallMs();
  return {
    name,
    state: state as BreakerSnapshot['state'],
    savedWallMs,
    untilWallMs: leftMs === null ? null : savedWallMs + leftMs,
    // Limits may have led to a ramp.
    timesOpened: isProbed ? timesOpened || 1 : timesOpened,
    counted: 'counted' in seen ? seen.counted.map(({ calls, failures }) => [calls, failures]) : [],
  };
}

/**
 * Takes over what `saveBreaker` has made, in this process or another. A wait ends at its wall time; save that of a
 * quota, it lasts no longer than it would have when it was saved, whatever the wall clock says. What rules have counted
 * is dated at the time of saving. Nothing while the breaker is held by hand. Throws a TypeError or RangeError, and
 * changes nothing, unless `snapshot` is one of a breaker of this name.
 */
export function restoreBreaker(breaker: BreakerControls, snapshot: unknown): void {
  const circuit = breaker as unknown as Phased;
  const { clock } = circuit;
  const { state, savedWallMs, untilWallMs, timesOpened, counted } = checked(circuit.name, snapshot);
  if (circuit.isolations + circuit.forcings > 0) return;
  const nowMs = clock.monotonicMs();
  const wallMs = Math.max(clock.wallMs(), savedWallMs);
  const leftMs = Math.max((untilWallMs ?? 0) - wallMs, 0);
  circuit.become(CLOSED, 'reset');
  if (state === 'closed') {
    const savedMs = nowMs + savedWallMs - wallMs;
    for (const [at, counter] of circuit.countersAt(savedMs).entries()) {
      const [calls, failures] = counted[at] ?? [0, 0];
      counter.succeeded(calls - failures);
      if (failures > 0) counter.failed(savedMs, failures);
    }
    return;
  }
  circuit.timesOpened = timesOpened;
  if (state === 'rate-limited') rateLimited(leftMs)(circuit);
  else if (state === 'quota-exhausted') quotaExhausted(untilWallMs ?? undefined)(circuit);
  else {
    circuit.timesOpened--;
    circuit.open('restored', nowMs, leftMs);
  }
}

function checked(name: string, value: unknown): BreakerSnapshot {
  const snapshot = { ...(value as BreakerSnapshot) };
  const { state, savedWallMs, untilWallMs, timesOpened, counted } = snapshot;
  const of = `snapshot of ${name}`;
  if (snapshot.name !== name || !STATES.includes(state) || !Array.isArray(counted)) {
    throw new TypeError(`a ${of} must be one that saveBreaker has made; got ${JSON.stringify(value)}`);
  }
  const isEndless = untilWallMs === null && (state === 'closed' || state === 'quota-exhausted');
  checkOptions(of, {
    savedWallMs: [savedWallMs, MOMENT],
    untilWallMs: [isEndless ? 0 : untilWallMs, MOMENT],
    timesOpened: [timesOpened, { ...MOMENT, least: state === 'open' ? 1 : 0 }],
  });
  for (const [calls, failures] of counted) {
    checkOptions(of, { calls: [calls, MOMENT], failures: [failures, { ...MOMENT, most: calls }] });
  }
  return snapshot;
}

const MOMENT: NumberRange = { least: 0, most: Number.MAX_SAFE_INTEGER };
const STATES: readonly unknown[] = ['closed', 'open', 'rate-limited', 'quota-exhausted'];
