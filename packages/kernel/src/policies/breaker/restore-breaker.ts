import { checkOptions, FOREVER, WAIT } from '../../options/index.ts';
import type { BreakerControls } from './breaker-controls.ts';
import { type BreakerState, clockOf } from './breaker-state.ts';
import type { Circuit } from './circuit.ts';
import { isHeld, resetBreaker } from './hold.ts';
import { wait } from './phases.ts';
import { limit } from './service-limit.ts';
import type { Counted, Tally } from './trip-rule.ts';

/**
 * Takes over what `breakerState` has told of a breaker of this name, in this process or another, also as JSON. A wait
 * ends at its wall time, and lasts no longer than it would have then, whatever the wall clock says. What rules have
 * counted is dated at that time. Half-open and recovering become open with the wait over; what was held by hand is closed.
 * Nothing while the breaker is held by hand. Throws a TypeError or RangeError, and changes nothing, when it is no such
 * state.
 */
export function restoreBreaker(breaker: BreakerControls, saved: unknown): void {
  const circuit = breaker as Circuit;
  const { name, gate, rules } = circuit;
  const { state, seenWallMs, timesOpened, ...own } = { ...(saved as Saved) };
  const { retryAfterMs = 0, failuresInARow = 0, counted = [] } = own;
  const of = `state of ${name}`;
  if (own.name !== name || !STATES.includes(state) || !Array.isArray(counted)) {
    throw new TypeError(`a ${of} must be one that breakerState has told; got ${JSON.stringify(saved)}`);
  }
  const isEndless = retryAfterMs === null && (state === 'isolated' || state === 'quota-exhausted');
  checkOptions(of, {
    seenWallMs: [seenWallMs, WAIT],
    timesOpened: [timesOpened, WAIT],
    retryAfterMs: [isEndless ? 0 : retryAfterMs, WAIT],
    failuresInARow: [failuresInARow, WAIT],
  });
  for (const { calls, failures } of counted) {
    checkOptions(of, { calls: [calls, WAIT], failures: [failures, { ...WAIT, most: calls }] });
  }
  if (isHeld(breaker)) return;
  const clock = clockOf(breaker);
  const ageMs = Math.max(clock.wallMs() - seenWallMs, 0);
  const leftMs = Math.max((retryAfterMs ?? FOREVER) - ageMs, 0);
  resetBreaker(breaker);
  circuit.timesOpened = timesOpened;
  if (state === 'closed') {
    circuit.failuresInARow = failuresInARow;
    rules.trip.forEach((rule, at) => {
      const { calls, failures } = counted[at] ?? { calls: 0, failures: 0 };
      const tally = circuit.tallies[at] as Tally;
      (rule.window ?? rule).count(tally, gate, clock.monotonicMs() - ageMs, calls - failures, failures);
    });
  } else if (state === 'rate-limited' || state === 'quota-exhausted') limit(breaker, state, leftMs);
  else if (state !== 'isolated' && state !== 'forced-closed') {
    circuit.timesOpened ||= 1;
    wait(circuit, 'open', leftMs, 'restored');
  }
}

const STATES: readonly string[] = [
  ...['closed', 'open', 'half-open', 'recovering'],
  ...['rate-limited', 'quota-exhausted', 'isolated', 'forced-closed'],
];

/** What any state may have. */
type Saved = Pick<BreakerState, 'name' | 'state' | 'seenWallMs' | 'timesOpened'> & {
  readonly retryAfterMs?: number | null;
  readonly failuresInARow?: number;
  readonly counted?: readonly Counted[];
};
