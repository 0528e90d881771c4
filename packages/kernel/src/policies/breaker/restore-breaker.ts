import { checkOptions, FOREVER, WAIT } from '../../options/index.ts';
import type { BreakerControls } from './breaker-controls.ts';
import { type BreakerState, clockOf } from './breaker-state.ts';
import type { BreakerStateName } from './breaker-transitions.ts';
import type { Circuit } from './circuit.ts';
import { isHeld, resetBreaker } from './hold.ts';
import { wait } from './phases.ts';
import { limit } from './service-limit.ts';
import type { Counted, TripRule } from './trip-rule.ts';

/**
 * Takes over what `breakerState` has told of a breaker of this name, in this process or another, also as JSON. A wait
 * ends at its wall time, and lasts no longer than it would have then, whatever the wall clock says. What was counted is
 * dated at that time. Half-open and recovering become open with the wait over; what was held by hand is closed. Nothing
 * while the breaker is held by hand. Throws a TypeError or RangeError, and changes nothing, when it is no such state.
 */
export function restoreBreaker(breaker: BreakerControls, saved: unknown): void {
  const circuit = breaker as Circuit;
  const { name, gate, rules } = circuit;
  const { state, seenWallMs, timesOpened, ...own } = { ...(saved as Saved) };
  const { retryAfterMs = 0, failuresInARow = 0, counted = [] } = own;
  const of = `state of ${name}`;
  if (own.name !== name) throw new TypeError(`a ${of} must be one of that name; got ${String(own.name)}`);
  const isEndless = state === 'quota-exhausted' || state === 'isolated';
  checkOptions(of, {
    state: [state, STATES],
    seenWallMs: [seenWallMs, WAIT],
    timesOpened: [timesOpened, WAIT],
    retryAfterMs: [isEndless ? (retryAfterMs ?? 0) : retryAfterMs, WAIT],
    failuresInARow: [failuresInARow, WAIT],
  });
  for (const { calls, failures } of counted) {
    checkOptions(of, { calls: [calls, WAIT], failures: [failures, { ...WAIT, most: calls as number }] });
  }
  if (isHeld(breaker)) return;
  const clock = clockOf(breaker);
  const ageMs = Math.max(clock.wallMs() - seenWallMs, 0);
  const leftMs = Math.max((retryAfterMs ?? FOREVER) - ageMs, 0);
  const isLimited = state === 'rate-limited' || state === 'quota-exhausted';
  if (isLimited || timesOpened === 0) resetBreaker(breaker);
  circuit.timesOpened = timesOpened;
  if (isLimited) limit(breaker, state, leftMs);
  else if (timesOpened > 0) wait(circuit, 'open', leftMs, 'restored');
  else {
    circuit.failuresInARow = failuresInARow;
    circuit.tallies.forEach((tally, at) => {
      const { calls = 0, failures = 0 } = counted[at] ?? {};
      const rule = rules.trip[at] as TripRule;
      (rule.window ?? rule).count(tally, gate, clock.monotonicMs() - ageMs, calls - failures, failures);
    });
  }
}

const STATES: readonly BreakerStateName[] = [
  'closed',
  'open',
  'half-open',
  'recovering',
  'rate-limited',
  'quota-exhausted',
  'isolated',
  'forced-closed',
];

/** What any state may have. */
type Saved = Pick<BreakerState, 'name' | 'state' | 'seenWallMs' | 'timesOpened'> & {
  readonly retryAfterMs?: number | null;
  readonly failuresInARow?: number;
  readonly counted?: readonly Partial<Counted>[];
};
