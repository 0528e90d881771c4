import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Clock, SimulatedClock, seededRandom } from '../time/index.ts';
import { qualityLadder } from './index.ts';

const STEP_MS = 500;
const UP_DWELL_MS = 10_000;
const MAX_UP_DWELL_MS = 160_000;
const STABLE_MS = 100_000;
const DOWN = [0.6, 0.8, 0.95];
const UP = [0.5, 0.7, 0.85];
const LEVELS = ['normal', 'high_load', 'critical', 'overload'] as const;

interface Change {
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
}

/** Reports `load` of each moment and level, and answers the changes of level and the level after each report. */
function climb(load: (atMs: number, level: number) => number, durationMs: number, downDwellMs = 0) {
  let atMs = 0;
  // A ladder has no timer: all that it wants of a clock is the time.
  const clock: Clock = Object.assign(new SimulatedClock(), { monotonicMs: () => atMs });
  const ladder = qualityLadder({
    name: 'trace',
    levels: LEVELS,
    inputs: { load: DOWN.map((down, i) => ({ down, up: UP[i] as number })) },
    downDwellMs,
    upDwellMs: UP_DWELL_MS,
    clock,
  });
  const changes: Change[] = [];
  const levels: number[] = [];
  for (; atMs < durationMs; atMs += STEP_MS) {
    const from = LEVELS.indexOf(ladder.level);
    const to = LEVELS.indexOf(ladder.report('load', load(atMs, from)));
    if (from !== to) changes.push({ atMs, from, to });
    levels.push(to);
  }
  return { changes, levels };
}

const mostIn = (changes: readonly Change[], windowMs: number): number =>
  Math.max(
    0,
    ...changes.map(
      ({ atMs }) => changes.filter((one) => one.atMs >= atMs && one.atMs < atMs + windowMs).length,
    ),
  );

/** All in [0, 1.2], by a number from 0 to 1 that says how, and a seed. */
const traces = {
  'steady noise around a threshold': (how: number, seed: number) => {
    const random = seededRandom(seed);
    const centre = DOWN[seed % 3] as number;
    return () => centre + (random.next() - 0.5) * (0.02 + how / 2);
  },
  'a ramp with noise': (how: number, seed: number) => {
    const random = seededRandom(seed);
    return (atMs: number) => atMs / 1_800_000 + (random.next() - 0.5) * how * 0.4;
  },
  spikes: (how: number, seed: number) => {
    const random = seededRandom(seed);
    return () => (random.next() < 0.002 + how / 20 ? 1.1 : 0.3);
  },
  'a sawtooth': (how: number) => (atMs: number) => ((atMs / (2000 + how * 300_000)) % 1) * 1.2,
  'a square wave': (how: number) => (atMs: number) =>
    atMs % (2000 + how * 200_000) < 1000 + how * 100_000 ? 1 : 0.2,
  'a square wave made against it': (how: number) => (atMs: number) =>
    atMs % (UP_DWELL_MS + 3 * STEP_MS + how * 60_000) < STEP_MS ? 1 : 0.2,
} as const;

const DURATION_MS = 1_800_000;
const anyTrace = fc.record({ how: fc.double({ min: 0, max: 1, noNaN: true }), seed: fc.nat(1e6) });

describe.each(Object.entries(traces))('on %s, a ladder', (_name, trace) => {
  test('never flaps: it goes up no more often than its dwell allows, and down no more often than up', () => {
    fc.assert(
      fc.property(anyTrace, fc.constantFrom(0, 2000), ({ how, seed }, downDwellMs) => {
        const { changes } = climb(trace(how, seed), DURATION_MS, downDwellMs);
        const ups = changes.filter(({ from, to }) => to < from);
        ups.forEach(({ from, to, atMs }, i) => {
          expect(from - to).toBe(1);
          expect(atMs - (ups[i - 1]?.atMs ?? Number.NEGATIVE_INFINITY)).toBeGreaterThan(UP_DWELL_MS);
        });
        // 60 s hold at most 6 dwells, and no two changes down without one up more often than there are steps.
        expect(mostIn(changes, 60_000)).toBeLessThanOrEqual(6 + 6 + 3);
        expect(changes.length - ups.length).toBeLessThanOrEqual(ups.length + 3);
      }),
      { numRuns: 12, seed: 7 },
    );
  });

  test('tries a level that fails ever more rarely', () => {
    fc.assert(
      fc.property(anyTrace, ({ how, seed }) => {
        const { changes } = climb(trace(how, seed), DURATION_MS);
        let dwellMs = UP_DWELL_MS;
        let wentUpMs = Number.NEGATIVE_INFINITY;
        let changedMs = Number.NEGATIVE_INFINITY;
        for (const { from, to, atMs } of changes) {
          if (to > from)
            dwellMs = atMs - wentUpMs < STABLE_MS ? Math.min(2 * dwellMs, MAX_UP_DWELL_MS) : UP_DWELL_MS;
          else {
            expect(atMs - changedMs).toBeGreaterThanOrEqual(dwellMs);
            wentUpMs = atMs;
          }
          changedMs = atMs;
        }
      }),
      { numRuns: 12, seed: 8 },
    );
  });
});

test.each([
  ['noise across the whole band', 0.6, 0.6, 10],
  ['noise that just crosses both thresholds', 0.55, 0.12, 10],
])('on %s, it makes few changes in an hour', (_what, centre, width, most) => {
  const random = seededRandom(4);
  const { changes } = climb(() => centre + (random.next() - 0.5) * width, 3_600_000);
  expect(changes.length).toBeLessThanOrEqual(most);
});

test('on noise between the thresholds of one step it does not change at all', () => {
  const random = seededRandom(2);
  const noise = () => 0.51 + random.next() * 0.089;
  expect(climb(noise, 3_600_000).changes).toEqual([]);
  const afterOverload = climb((atMs) => (atMs === 0 ? 0.7 : noise()), 3_600_000);
  expect(afterOverload.changes).toEqual([{ atMs: 0, from: 0, to: 1 }]);
});

test('on a square wave made to flap it, its tries become rare', () => {
  const period = UP_DWELL_MS + 3 * STEP_MS;
  const { changes } = climb((atMs) => (atMs % period < STEP_MS ? 0.7 : 0.2), 3_600_000);
  expect(changes.length).toBeLessThanOrEqual(4);
});

test('where every step down takes the load away and every step up brings it back, its tries become rare', () => {
  const { changes } = climb((_atMs, level) => 0.7 - level * 0.4, 3_600_000);
  const upsMs = changes.filter(({ from, to }) => to < from).map(({ atMs }) => atMs);
  const waitsMs = upsMs.map((atMs, i) => atMs - (upsMs[i - 1] ?? 0));
  expect(waitsMs.slice(0, 7).map((ms) => Math.round(ms / 1000))).toEqual([11, 21, 41, 81, 161, 161, 161]);
  expect(changes.length).toBeLessThanOrEqual(2 * (3600 / 160 + 5));
});

const anyLoad = fc.array(fc.double({ min: 0, max: 1.2, noNaN: true }), {
  minLength: 30,
  maxLength: 150,
  size: 'max',
});

test('under load that only grows its level only falls', () => {
  fc.assert(
    fc.property(anyLoad, fc.constantFrom(0, 1200), (loads, downDwellMs) => {
      const sorted = loads.toSorted((a, b) => a - b);
      const { levels } = climb(
        (atMs) => sorted[atMs / STEP_MS] as number,
        sorted.length * STEP_MS,
        downDwellMs,
      );
      expect(levels).toEqual(levels.toSorted());
    }),
    { numRuns: 60, seed: 5 },
  );
});

test('under load that only shrinks its level only rises', () => {
  fc.assert(
    fc.property(anyLoad, (loads) => {
      const sorted = loads.toSorted((a, b) => b - a);
      const { levels } = climb((atMs) => sorted[atMs / STEP_MS] as number, sorted.length * STEP_MS);
      expect(levels).toEqual(levels.toSorted().reverse());
    }),
    { numRuns: 60, seed: 6 },
  );
});

test('whatever was before, it converges under constant load to the level made for it', () => {
  const anyConstant = fc.double({ min: 0, max: 1.2, noNaN: true });
  fc.assert(
    fc.property(anyLoad, anyConstant, (before, constant) => {
      const startMs = before.length * STEP_MS;
      const settledMs = startMs + 3 * (MAX_UP_DWELL_MS + STEP_MS);
      const load = (atMs: number) => before[atMs / STEP_MS] ?? constant;
      const { changes, levels } = climb(load, settledMs + 60_000);
      expect(changes.filter(({ atMs }) => atMs > settledMs)).toEqual([]);
      const level = levels.at(-1) as number;
      expect(constant).toBeLessThan(DOWN[level] ?? Number.POSITIVE_INFINITY);
      expect(constant).toBeGreaterThanOrEqual(UP[level - 1] ?? 0);
    }),
    { numRuns: 25, seed: 9 },
  );
});
