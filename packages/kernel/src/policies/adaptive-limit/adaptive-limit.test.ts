import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Signals } from '../../signals/index.ts';
import { SimulatedClock, systemClock } from '../../time/index.ts';
import { bulkhead } from '../bulkhead/index.ts';
import { pipeline } from '../pipeline/index.ts';
import { rateLimitFaults } from '../rate-limit/index.ts';
import { timeout } from '../timeout/index.ts';
import {
  type AdaptiveLimitOptions,
  adaptiveLimit,
  adaptiveLimitChanged,
  adaptiveLimitRefused,
  aimd,
  type Gradient2Options,
  gradient2,
  type LimitSample,
} from './index.ts';

const usual = { rttMs: 100, inFlight: 20, dropped: 0 };

describe('an adaptive limit', () => {
  /** Of two calls, which notes the samples that it would learn from. */
  function limited(
    options: Partial<AdaptiveLimitOptions> & { windowMs?: number; windowCalls?: number } = {},
  ) {
    const { windowMs = 0, windowCalls = 1, ...rest } = options;
    const clock = new SimulatedClock();
    const signals = new Signals({ clock });
    const samples: LimitSample[] = [];
    const told: unknown[] = [];
    signals.on(adaptiveLimitChanged, ({ data: { from, limit } }) => told.push([from, limit]));
    signals.on(adaptiveLimitRefused, ({ data }) => told.push(data));
    const algorithm = {
      initial: { limit: 2.5 },
      windowMs,
      windowCalls,
      update(state: { readonly limit: number }, sample: LimitSample) {
        samples.push(sample);
        return sample.dropped > 0 ? { limit: state.limit - 1 } : state;
      },
    };
    const subject = adaptiveLimit({ name: 'llm', algorithm, minLimit: 1, ...rest });
    return { clock, subject, samples, told, policies: pipeline({ clock, signals }, subject) };
  }

  test('lets in as many calls as the limit says, and refuses the others', async () => {
    const { clock, subject, told, policies } = limited();
    const calls = [1, 2, 3].map(() => policies.run(() => clock.sleep(10)));
    expect(subject.state).toEqual({ limit: 2.5, active: 2 });
    await expect(calls[2]).rejects.toMatchObject({
      code: 'CONCURRENCY_LIMITED',
      retryable: true,
      context: { adaptiveLimit: 'llm', limit: 2 },
      message: 'llm takes no more than 2 calls at once for now',
    });
    await clock.run(Promise.all(calls.slice(0, 2)));
    expect(subject.state.active).toBe(0);
    expect(told).toEqual([{ adaptiveLimit: 'llm', limit: 2 }]);
  });

  test('learns from how long calls take, and how many were inside', async () => {
    const { clock, samples, policies } = limited();
    await clock.run(Promise.all([30, 50].map((ms) => policies.run(() => clock.sleep(ms)))));
    expect(samples).toEqual([
      { rttMs: 30, inFlight: 1, dropped: 0 },
      { rttMs: 50, inFlight: 2, dropped: 0 },
    ]);
  });

  test('takes the calls of a window together', async () => {
    const { clock, samples, policies } = limited({ windowMs: 1000, windowCalls: 3 });
    const call = (ms: number) => clock.run(policies.run(() => clock.sleep(ms)));
    const drop = () =>
      policies.run(() => Promise.reject(new DOMException('late', 'TimeoutError'))).catch(() => 0);
    for (const ms of [10, 20, 30]) await call(ms);
    expect(samples).toEqual([{ rttMs: 20, inFlight: 1, dropped: 0 }]);
    await call(100);
    await drop();
    for (let i = 0; i < 8; i++) await call(100);
    expect(samples.length).toBe(1);
    await call(200);
    expect(samples[1]).toEqual({ rttMs: 110, inFlight: 1, dropped: 1 / 11 });
    for (let i = 0; i < 2; i++) await drop();
    await clock.advance(1000);
    await drop();
    expect(samples[2]).toEqual({ rttMs: 0, inFlight: 1, dropped: 1 });
  });

  test('counts timeouts and refusals because of overload as drops, and other failures as nothing', async () => {
    const { clock, subject, samples, told, policies } = limited();
    const fail = (error: unknown) => policies.run(() => Promise.reject(error)).catch(() => undefined);
    await fail(new Error('broken'));
    await fail(rateLimitFaults.RATE_LIMITED({ rateLimit: 'x', retryAfterMs: 1 }));
    expect(samples).toEqual([]);
    const room = bulkhead({ name: 'server', limit: 1 });
    const inner = pipeline({ clock }, subject, timeout(70), room);
    const slow = inner.run(() => clock.sleep(100)).catch(() => undefined);
    await inner.run(() => 1).catch(() => undefined);
    await clock.run(slow);
    expect(samples).toEqual([
      { rttMs: 0, inFlight: 2, dropped: 1 },
      { rttMs: 0, inFlight: 1, dropped: 1 },
    ]);
    expect(subject.state).toEqual({ limit: 1, active: 0 });
    expect(told).toEqual([]); // The signals of the other pipeline were told.
  });

  test('learns nothing from calls that the caller or a timeout further out has stopped', async () => {
    const { clock, subject, samples } = limited();
    const policies = pipeline({ clock }, timeout(50), subject);
    const caller = new AbortController();
    const never = () => new Promise(() => undefined);
    const cancelled = policies.run(never, { signal: caller.signal }).catch((error: unknown) => error);
    caller.abort('enough');
    expect(await cancelled).toBe('enough');
    await expect(clock.run(policies.run(never))).rejects.toThrow('no answer within 50 ms');
    expect(samples).toEqual([]);
    expect(subject.state.active).toBe(0);
  });

  test('gives the place back when the predicate throws', async () => {
    const mistake = new Error('mistake');
    const isDrop = () => {
      throw mistake;
    };
    const { subject, policies } = limited({ isDrop });
    await expect(policies.run(() => Promise.reject(new Error('broken')))).rejects.toBe(mistake);
    expect(subject.state.active).toBe(0);
  });

  test('tells of another limit', async () => {
    const { told, policies } = limited({ isDrop: () => true });
    await expect(policies.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(told).toEqual([[2, 1]]);
  });

  test.each<[() => unknown, string]>([
    [() => adaptiveLimit({ name: '', algorithm: aimd() }), 'the name of the adaptive-limit must be a text'],
    [
      () => adaptiveLimit({ name: 'x', algorithm: {} as never }),
      'algorithm.update of a concurrency limit must be',
    ],
    [
      () => adaptiveLimit({ name: 'x', algorithm: aimd(), isDrop: true as never }),
      'isDrop of a concurrency limit must be a function; got boolean',
    ],
    [
      () => adaptiveLimit({ name: 'x', algorithm: aimd(), minLimit: 0 }),
      'minLimit of the adaptive limit x must be a whole number of 1 or more; got 0',
    ],
    [
      () => adaptiveLimit({ name: 'x', algorithm: aimd(), maxLimit: 19 }),
      'maxLimit of the adaptive limit x must be a whole number of 20 or more; got 19',
    ],
    [() => aimd({ backoffRatio: 1 }), 'backoffRatio of the aimd must be a number from 0.5 to 0.99'],
    ...(
      [
        [{ queueSize: -1 }, 'queueSize of the gradient2 must be a number of 0 or more; got -1'],
        [{ smoothing: 0 }, 'smoothing of the gradient2 must be a number above 0 to 1; got 0'],
        [{ tolerance: 0.9 }, 'tolerance of the gradient2 must be a number of 1 or more; got 0.9'],
      ] satisfies [Gradient2Options, string][]
    ).map(([options, message]): [() => unknown, string] => [() => gradient2(options), message]),
  ])('refuses options out of range: %#', (make, message) => {
    expect(make).toThrow(message);
  });

  test('is shared by pipelines of one clock', () => {
    const { subject } = limited();
    expect(() => pipeline({ clock: systemClock }, subject)).toThrow('go by different clocks');
  });
});

describe('the formulas', () => {
  test('of aimd: one more when half is in use, nine tenths after a drop', () => {
    const { initial, update } = aimd();
    expect(initial).toEqual({ limit: 20 });
    expect(update(initial, { ...usual, inFlight: 10 })).toEqual({ limit: 21 });
    expect(update(initial, { ...usual, inFlight: 9 })).toEqual({ limit: 20 });
    expect(update(initial, { ...usual, dropped: 1 })).toEqual({ limit: 18 });
  });

  test('of gradient2: as published', () => {
    const { initial, update } = gradient2();
    let state = initial;
    for (const rttMs of [80, 120, 90, 110, 100, 100, 100, 100, 100, 100]) {
      state = update(state, { ...usual, inFlight: 1, rttMs });
    }
    expect(state).toEqual({ limit: 20, longRttMs: expect.closeTo(100, 9), samples: 10 });
    // No queue: 4 · 0.2 more.
    expect(update(state, { ...usual, rttMs: 150 }).limit).toBeCloseTo(20.8, 9);
    const slow = update(state, { ...usual, rttMs: 200 });
    expect(slow.longRttMs).toBeCloseTo(100 + (100 * 2) / 601, 9);
    const high = update({ ...state, limit: 100 }, { ...usual, inFlight: 60, rttMs: 200 });
    expect(high.limit).toBeCloseTo(100 * 0.8 + (100 * ((1.5 * slow.longRttMs) / 200) + 4) * 0.2, 9);
    // No outlier takes more than half.
    expect(update({ ...state, limit: 100 }, { ...usual, inFlight: 60, rttMs: 60_000 }).limit).toBeCloseTo(
      90.8,
      9,
    );
    // Less than half in use.
    expect(update({ ...state, limit: 100 }, { ...usual, inFlight: 49, rttMs: 200 }).limit).toBe(100);
    // What was usual under a long overload is forgotten faster.
    expect(update({ ...state, longRttMs: 1000, samples: 11 }, usual).longRttMs).toBeCloseTo(
      (1000 - (900 * 2) / 601) * 0.95,
      9,
    );
  });

  test('of gradient2: drops count by their share, and quick refusals do not look like a quick service', () => {
    const { update } = gradient2();
    const state = { limit: 100, longRttMs: 100, samples: 11 };
    const sample = { rttMs: 100, inFlight: 100, dropped: 0.25 };
    expect(update(state, sample).limit).toBeCloseTo(100 * 0.8 + (100 * 0.75 + 4) * 0.2, 9);
    expect(update(state, { ...sample, rttMs: 0, dropped: 1 })).toEqual({
      ...state,
      limit: expect.closeTo(90.8, 9),
    });
  });

  test('keep every limit within its bounds, whatever the samples', async () => {
    const call = fc.record({
      ms: fc.integer({ min: 0, max: 1000 }),
      drops: fc.boolean(),
      many: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 50 }), fc.boolean(), async (calls, isAimd) => {
        const clock = new SimulatedClock();
        const algorithm = (isAimd ? aimd() : { ...gradient2(), windowMs: 0, windowCalls: 1 }) as ReturnType<
          typeof aimd
        >;
        const subject = adaptiveLimit({
          name: 'x',
          algorithm,
          minLimit: 19,
          maxLimit: 21,
          isDrop: () => true,
        });
        const policies = pipeline({ clock }, subject);
        const seen = new Set<number>();
        for (const { ms, drops, many } of calls) {
          const work = () => clock.sleep(ms).then(() => (drops ? Promise.reject(new Error('drop')) : 1));
          const runs = Array.from({ length: many ? 15 : 1 }, () => policies.run(work));
          await clock.run(Promise.allSettled(runs));
          seen.add(subject.state.limit);
        }
        expect([...seen].every((limit) => limit >= 19 && limit <= 21)).toBe(true);
        expect(subject.state.active).toBe(0);
      }),
      { numRuns: 50, seed: 2 },
    );
  });
});
