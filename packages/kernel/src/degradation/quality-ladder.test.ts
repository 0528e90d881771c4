import { describe, expect, expectTypeOf, test } from 'vitest';
import { Signals } from '../signals/index.ts';
import { SimulatedClock } from '../time/index.ts';
import { type QualityLadderOptions, qualityChanged, qualityLadder } from './index.ts';

const options = {
  name: 'auralis',
  levels: ['normal', 'high_load', 'critical', 'overload'],
  inputs: {
    cpu: [
      { down: 0.6, up: 0.5 },
      { down: 0.8, up: 0.7 },
      { down: 0.95, up: 0.85 },
    ],
    breaker: [{ down: 1, up: 0.5 }],
  },
  upDwellMs: 1000,
} as const;

function watched(more: { readonly downDwellMs?: number } = {}) {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const told: unknown[] = [];
  signals.on(qualityChanged, ({ data, source }) => told.push([source, data]));
  const ladder = qualityLadder({ ...options, ...more, clock, signals });
  return { clock, signals, ladder, told };
}

describe('a quality ladder', () => {
  test('begins at its best level, and says so', () => {
    const { ladder, told } = watched();
    expect(ladder.level).toBe('normal');
    expect(ladder.tick()).toBe('normal');
    expect(told).toEqual([]);
  });

  test('steps down at once to what the load asks for, and tells it with the reading', () => {
    const { ladder, told } = watched();
    expect(ladder.report('cpu', 0.83)).toBe('critical');
    expect(told).toEqual([['auralis', { from: 'normal', to: 'critical', input: 'cpu', value: 0.83 }]]);
    expect(ladder.report('cpu', 0.82)).toBe('critical');
    expect(told).toHaveLength(1);
  });

  test('steps up one level at a time, after its dwell, also when only ticked', async () => {
    const { clock, ladder, told } = watched();
    ladder.report('cpu', 0.99);
    ladder.report('cpu', 0.2);
    const levels: string[] = [];
    for (let i = 0; i < 45; i++) {
      await clock.advance(100);
      levels.push(ladder.tick());
    }
    expect(levels.indexOf('critical')).toBe(9);
    expect(levels.indexOf('high_load')).toBe(20);
    expect(levels.indexOf('normal')).toBe(31);
    expect(told.slice(1)).toMatchObject([
      ['auralis', { from: 'overload', to: 'critical', input: 'cpu', value: 0.2 }],
      ['auralis', { from: 'critical', to: 'high_load' }],
      ['auralis', { from: 'high_load', to: 'normal' }],
    ]);
  });

  test('does not step up while any input does not allow it', async () => {
    const { clock, ladder } = watched();
    ladder.report('breaker', 1);
    ladder.report('cpu', 0.1);
    await clock.advance(5000);
    expect(ladder.tick()).toBe('high_load');
    ladder.report('breaker', 0);
    await clock.advance(999);
    expect(ladder.tick()).toBe('high_load');
    await clock.advance(1);
    expect(ladder.tick()).toBe('normal');
  });

  test('ignores what is not a number, and takes Infinity for the worst', () => {
    const { ladder, told } = watched();
    ladder.report('cpu', 0.7);
    for (const ignored of [Number.NaN, '0.99', undefined, null, true]) {
      expect(ladder.report('cpu', ignored as never)).toBe('high_load');
    }
    expect(ladder.tick()).toBe('high_load');
    expect(told).toHaveLength(1);
    expect(ladder.report('cpu', Number.POSITIVE_INFINITY)).toBe('overload');
  });

  test('steps down only when it was asked to throughout the dwell, to what is asked for then', async () => {
    const { clock, ladder, told } = watched({ downDwellMs: 100 });
    expect(ladder.report('cpu', 0.7)).toBe('normal');
    await clock.advance(99);
    ladder.report('cpu', 0.3);
    expect(ladder.report('cpu', 0.7)).toBe('normal');
    await clock.advance(99);
    expect(ladder.report('cpu', 0.85)).toBe('normal');
    await clock.advance(1);
    expect(ladder.tick()).toBe('critical');
    expect(told).toEqual([['auralis', { from: 'normal', to: 'critical', input: 'cpu', value: 0.85 }]]);
  });

  test('doubles the dwell up to its limit after a step up that is taken back soon, and ends that after one that held', async () => {
    const { clock, ladder } = watched();
    const dwellAfter = async (heldMs: number) => {
      await clock.advance(heldMs);
      ladder.report('cpu', 0.7);
      ladder.report('cpu', 0.1);
      const sinceMs = clock.monotonicMs();
      while (ladder.tick() !== 'normal') await clock.advance(1000);
      return clock.monotonicMs() - sinceMs;
    };
    const dwells: number[] = [];
    for (const heldMs of [0, 9999, 1, 1, 1, 1, 10_000]) dwells.push(await dwellAfter(heldMs));
    expect(dwells).toEqual([1000, 2000, 4000, 8000, 16_000, 16_000, 1000]);
  });

  test('refuses an input that it does not have', () => {
    const { ladder } = watched();
    const message = 'an input must be one of cpu,breaker; got toString';
    expect(() => ladder.report('toString' as never, 1)).toThrow(message);
  });

  test('refuses options out of range', () => {
    const bad = { ...options, upDwellMs: -1 };
    expect(() => qualityLadder(bad)).toThrow(
      'upDwellMs of the quality ladder must be a number from 0 to 9007199254740991; got -1',
    );
  });

  test('has no timer', () => {
    const { clock, ladder } = watched();
    ladder.report('cpu', 0.99);
    expect(clock.waitingTimers).toBe(0);
  });

  test('lasts 30 s by default before it steps up, and steps down at once', async () => {
    const clock = new SimulatedClock();
    const { name, levels, inputs } = options;
    const ladder = qualityLadder({ name, levels, inputs, clock });
    expect(ladder.report('cpu', 0.7)).toBe('high_load');
    ladder.report('cpu', 0.1);
    await clock.advance(29_999);
    expect(ladder.tick()).toBe('high_load');
    await clock.advance(1);
    expect(ladder.tick()).toBe('normal');
  });

  test('tells changes in their order, also when a listener causes one', () => {
    const { ladder, signals } = watched();
    const later: string[] = [];
    signals.on(qualityChanged, ({ data }) => data.to === 'high_load' && ladder.report('cpu', 0.99));
    signals.on(qualityChanged, ({ data }) => later.push(data.to));
    ladder.report('cpu', 0.6);
    expect(later).toEqual(['high_load', 'overload']);
  });

  test('has its names checked by the compiler', () => {
    const { ladder } = watched();
    expectTypeOf(ladder.level).toEqualTypeOf<'normal' | 'high_load' | 'critical' | 'overload'>();
    expectTypeOf(ladder.report).parameter(0).toEqualTypeOf<'cpu' | 'breaker'>();
    expectTypeOf<QualityLadderOptions<'a' | 'b', 'x'>['inputs']>().toHaveProperty('x');
  });
});

test("S2-50 to S2-55: seed 002's adaptive quality manager", async () => {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const log: string[] = [];
  const applied: string[] = [];
  const intensity = { normal: 0.6, high_load: 0.4, critical: 0.2, overload: 'pre-rendered loops' } as const;
  signals.on(qualityChanged, ({ data: { to, value } }) => {
    log.push(`Load: ${value}% - Adjusting quality to ${to}`);
    applied.push(`${to}: ${intensity[to as keyof typeof intensity]}`);
  });
  const ladder = qualityLadder({
    name: 'auralis',
    levels: ['normal', 'high_load', 'critical', 'overload'],
    inputs: {
      cpuPercent: [
        { down: 60, up: 55 },
        { down: 80, up: 75 },
        { down: 95, up: 90 },
      ],
    },
    upDwellMs: 20_000,
    clock,
    signals,
  });
  const load = [59.9, 60, 61, 79.9, 80, 94.9, 95, 100, 80, 80, 80, 80, 20, 20, 20, 20, 20, 20, 20, 20];
  const levels: string[] = [];
  for (const cpuPercent of load) {
    levels.push(ladder.report('cpuPercent', cpuPercent));
    await clock.advance(10_000);
  }
  expect(levels.slice(0, 8)).toEqual([
    'normal',
    'high_load',
    'high_load',
    'high_load',
    'critical',
    'critical',
    'overload',
    'overload',
  ]);
  expect(log).toEqual([
    'Load: 60% - Adjusting quality to high_load',
    'Load: 80% - Adjusting quality to critical',
    'Load: 95% - Adjusting quality to overload',
    'Load: 80% - Adjusting quality to critical',
    'Load: 20% - Adjusting quality to high_load',
    'Load: 20% - Adjusting quality to normal',
  ]);
  expect(applied.map((line) => line.split(': ')[1])).toEqual([
    '0.4',
    '0.2',
    'pre-rendered loops',
    '0.2',
    '0.4',
    '0.6',
  ]);
});
