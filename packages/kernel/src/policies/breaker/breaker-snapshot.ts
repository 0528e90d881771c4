import { checkNumber } from '../check-number.ts';
import { COUNT, checkOptions } from '../check-options.ts';
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
  const { state: seen } = breaker;
  const savedWallMs = clock.wallMs();
  const isProbed = seen.state === 'half-open' || seen.state === 'recovering';
  const isLimited = seen.state === 'rate-limited' || seen.state === 'quota-exhausted';
  const state = isProbed || seen.state === 'open' ? 'open' : isLimited ? seen.state : 'closed';
  const leftMs = 'retryAfterMs' in seen ? seen.retryAfterMs : 0;
  return {
    name,
    state,
    savedWallMs,
    untilWallMs: state === 'closed' || leftMs === null ? null : savedWallMs + leftMs,
    timesOpened: state === 'open' ? Math.max(timesOpened, 1) : timesOpened,
    counted: 'counted' in seen ? seen.counted.map(({ calls, failures }) => [calls, failures]) : [],
  };
}

/**
 * Takes over what `saveBreaker` has made, in this process or another. A wait ends at its wall time; save that of a
 * quota, it lasts no longer than it would have when it was saved, whatever the wall clock says. What rules have counted is dated at the time of
 * saving. Nothing while the breaker is held by hand. Throws a TypeError or RangeError, and changes nothing, unless
 * `snapshot` is one of a breaker of this name.
 */
export function restoreBreaker(breaker: BreakerControls, snapshot: unknown): void {
  const circuit = breaker as unknown as Phased;
  const { state, savedWallMs, untilWallMs, timesOpened, counted } = checked(circuit.name, snapshot);
  if (circuit.isolations + circuit.forcings > 0) return;
  const nowMs = circuit.clock.monotonicMs();
  const wallMs = Math.max(circuit.clock.wallMs(), savedWallMs);
  const leftMs = Math.max((untilWallMs ?? 0) - wallMs, 0);
  circuit.become(CLOSED, 'reset');
  if (state !== 'closed') circuit.timesOpened = timesOpened;
  if (state === 'open') {
    circuit.timesOpened--;
    circuit.open('restored', nowMs, leftMs);
  } else if (state === 'rate-limited') rateLimited(leftMs)(circuit);
  else if (state === 'quota-exhausted') quotaExhausted(untilWallMs ?? undefined)(circuit);
  else {
    const savedMs = nowMs - (wallMs - savedWallMs);
    for (const [at, counter] of circuit.countersAt(savedMs).entries()) {
      const [calls, failures] = counted[at] ?? [0, 0];
      counter.succeeded(calls - failures);
      if (failures > 0) counter.failed(savedMs, failures);
    }
  }
}

function checked(name: string, value: unknown): BreakerSnapshot {
  const snapshot = { ...(value as BreakerSnapshot) };
  const { state, untilWallMs, counted } = snapshot;
  if (snapshot.name !== name || !STATES.includes(state) || !Array.isArray(counted)) {
    throw new TypeError(
      `a snapshot of ${name} must have its name, a state of ${STATES} and counts; got ${JSON.stringify(value)}`,
    );
  }
  const endless = untilWallMs === null && (state === 'closed' || state === 'quota-exhausted');
  checkOptions(`snapshot of ${name}`, {
    savedWallMs: [snapshot.savedWallMs, MOMENT],
    untilWallMs: [endless ? 0 : untilWallMs, MOMENT],
    timesOpened: [snapshot.timesOpened, { ...COUNT, least: state === 'open' ? 1 : 0 }],
  });
  for (const [calls, failures] of counted) {
    checkNumber('calls of a snapshot', calls, MOMENT);
    checkNumber('failures of a snapshot', failures, { ...MOMENT, most: calls });
  }
  return snapshot;
}

const MOMENT = { least: 0, most: Number.MAX_SAFE_INTEGER };
const STATES: readonly unknown[] = ['closed', 'open', 'rate-limited', 'quota-exhausted'];
