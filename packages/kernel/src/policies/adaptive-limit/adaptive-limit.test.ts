import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import { bulkhead } from '../bulkhead/index.ts';
import { pipeline } from '../pipeline/index.ts';
import { rateLimitFaults } from '../rate-limit/index.ts';
import { timeout } from '../timeout/index.ts';
import {
  type AdaptiveLimitOptions,
  adaptiveLimit,
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
    const samples: LimitSample[] = [];
    const algorithm = {
      windowMs,
      windowCalls,
      next(limit: number, sample: LimitSample) {
        samples.push(sample);
        return sample.dropped > 0 ? limit - 0.6 : limit;
      },
    };
    const room = bulkhead({ name: 'llm', limit: 2, queue: { size: 9 } });
    const subject = adaptiveLimit({ bulkhead: room, algorithm, minLimit: 1, ...rest });
    return { clock, room, subject, samples, policies: pipeline({ clock }, room, subject) };
  }
  const dropped = () => Promise.reject(new DOMException('late', 'TimeoutError'));

  test('lets its bulkhead take as many calls as the algorithm says, down to the whole number below', async () => {
    const { room, policies } = limited();
    const limits: number[] = [];
    for (let i = 0; i < 3; i++) {
      await policies.run(dropped).catch(() => undefined);
      limits.push(room.state.limit);
    }
    expect(limits).toEqual([1, 1, 1]);
    expect(room.state).toEqual({ active: 0, waiting: 0, limit: 1 });
  });

  test('lets in who waits when the limit rises', async () => {
    const algorithm = { windowMs: 0, windowCalls: 1, next: (limit: number) => limit + 1 };
    const { clock, room, policies } = limited({ algorithm });
    const begun: number[] = [];
    const calls = [1, 2, 3, 4].map((i) =>
      policies.run(() => {
        begun.push(i);
        return clock.sleep(10 * i);
      }),
    );
    expect(begun).toEqual([1, 2]);
    await clock.advance(10);
    expect(begun).toEqual([1, 2, 3, 4]);
    await clock.run(Promise.all(calls));
    expect(room.state).toEqual({ active: 0, waiting: 0, limit: 6 });
  });

  test('learns from how long calls take, and how many were inside', async () => {
    const { clock, samples, policies } = limited();
    await clock.run(Promise.all([30, 50].map((ms) => policies.run(() => clock.sleep(ms)))));
    expect(samples).toEqual([
      { rttMs: 30, inFlight: 1, dropped: 0 },
      { rttMs: 50, inFlight: 2, dropped: 0 },
    ]);
  });

  test('does not count the wait in the queue of its bulkhead as latency', async () => {
    const { clock, samples, policies } = limited();
    await clock.run(Promise.all([1, 2, 3].map(() => policies.run(() => clock.sleep(30)))));
    expect(samples.map(({ rttMs }) => rttMs)).toEqual([30, 30, 30]);
  });

  test('takes the calls of a window together', async () => {
    const { clock, samples, policies } = limited({ windowMs: 1000, windowCalls: 3 });
    const call = (ms: number) => clock.run(policies.run(() => clock.sleep(ms)));
    const drop = () => policies.run(dropped).catch(() => 0);
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
    const { clock, room, subject, samples, policies } = limited();
    const fail = (error: unknown) => policies.run(() => Promise.reject(error)).catch(() => undefined);
    await fail(new Error('broken'));
    await fail(rateLimitFaults.RATE_LIMITED({ rateLimit: 'x', retryAfterMs: 1 }));
    expect(samples).toEqual([]);
    const server = bulkhead({ name: 'server', limit: 1 });
    const inner = pipeline({ clock }, room, subject, timeout(70), server);
    const slow = inner.run(() => clock.sleep(100)).catch(() => undefined);
    await inner.run(() => 1).catch(() => undefined);
    await clock.run(slow);
    expect(samples).toEqual([
      { rttMs: 0, inFlight: 2, dropped: 1 },
      { rttMs: 0, inFlight: 1, dropped: 1 },
    ]);
    expect(room.state).toEqual({ active: 0, waiting: 0, limit: 1 });
  });

  test('learns nothing from calls that the caller or a timeout further out has stopped', async () => {
    const { clock, room, subject, samples } = limited();
    const policies = pipeline({ clock }, timeout(50), room, subject);
    const caller = new AbortController();
    const never = () => new Promise(() => undefined);
    const cancelled = policies.run(never, { signal: caller.signal }).catch((error: unknown) => error);
    caller.abort('enough');
    expect(await cancelled).toBe('enough');
    await expect(clock.run(policies.run(never))).rejects.toThrow('no answer within 50 ms');
    expect(samples).toEqual([]);
    expect(room.state.active).toBe(0);
  });

  test('fails a call of what its predicate throws, which keeps no place', async () => {
    const mistake = new Error('mistake');
    const isDrop = () => {
      throw mistake;
    };
    const { room, policies } = limited({ isDrop });
    await expect(policies.run(() => Promise.reject(new Error('broken')))).rejects.toBe(mistake);
    expect(room.state.active).toBe(0);
  });

  test.each<[() => unknown, string]>([
    [() => limited({ algorithm: {} as never }), 'algorithm.next of the adaptive limit must be a function'],
    [() => limited({ isDrop: true as never }), 'isDrop of the adaptive limit must be a function; got true'],
    [
      () => limited({ minLimit: 0 }),
      'minLimit of the adaptive limit must be a whole number of 1 or more; got 0',
    ],
    [
      () => limited({ minLimit: 20, maxLimit: 19 }),
      'maxLimit of the adaptive limit must be a whole number of 20 or more; got 19',
    ],
    ...(
      [
        [{ queueSize: -1 }, 'queueSize of the gradient2 must be a number of 0 or more; got -1'],
        [{ tolerance: 0.9 }, 'tolerance of the gradient2 must be a number of 1 or more; got 0.9'],
      ] satisfies [Gradient2Options, string][]
    ).map(([options, message]): [() => unknown, string] => [() => gradient2(options), message]),
  ])('refuses options out of range: %#', (make, message) => {
    expect(make).toThrow(message);
  });
});

describe('the formulas', () => {
  test('of aimd: one more when half is in use, nine tenths after a drop', () => {
    const { next } = aimd();
    expect(next(20, { ...usual, inFlight: 10 })).toBe(21);
    expect(next(20, { ...usual, inFlight: 9 })).toBe(20);
    expect(next(20, { ...usual, dropped: 1 })).toBe(18);
  });

  /** To whom 100 ms are usual. */
  function experienced() {
    const { next } = gradient2();
    for (const rttMs of [80, 120, 90, 110, 100, 100, 100, 100, 100, 100]) {
      expect(next(20, { ...usual, inFlight: 1, rttMs })).toBe(20);
    }
    return next;
  }

  test('of gradient2: as published', () => {
    // No queue: 4 · 0.2 more.
    expect(experienced()(20, { ...usual, rttMs: 150 })).toBeCloseTo(20.8, 9);
    const longMs = 100 + (100 * 2) / 601;
    expect(experienced()(100, { ...usual, inFlight: 60, rttMs: 200 })).toBeCloseTo(
      100 * 0.8 + (100 * ((1.5 * longMs) / 200) + 4) * 0.2,
      9,
    );
    // No outlier takes more than half.
    expect(experienced()(100, { ...usual, inFlight: 60, rttMs: 60_000 })).toBeCloseTo(90.8, 9);
    // Less than half in use.
    expect(experienced()(100, { ...usual, inFlight: 49, rttMs: 200 })).toBe(100);
    // What was usual under a long overload is forgotten faster.
    const next = gradient2().next;
    for (let i = 0; i < 10; i++) next(20, { ...usual, rttMs: 1000 });
    next(20, usual);
    const forgotten = (1000 - (900 * 2) / 601) * 0.95;
    const longMsAfter = forgotten + ((1600 - forgotten) * 2) / 601;
    expect(next(100, { ...usual, inFlight: 60, rttMs: 1600 })).toBeCloseTo(
      100 * 0.8 + (100 * ((1.5 * longMsAfter) / 1600) + 4) * 0.2,
      9,
    );
  });

  test('of gradient2: drops count by their share, and quick refusals do not look like a quick service', () => {
    const sample = { rttMs: 100, inFlight: 100, dropped: 0.25 };
    expect(experienced()(100, sample)).toBeCloseTo(100 * 0.8 + (100 * 0.75 + 4) * 0.2, 9);
    const next = experienced();
    expect(next(100, { ...sample, rttMs: 0, dropped: 1 })).toBeCloseTo(90.8, 9);
    expect(next(20, { ...usual, rttMs: 150 })).toBeCloseTo(20.8, 9);
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
        const algorithm = isAimd ? aimd() : { ...gradient2(), windowMs: 0, windowCalls: 1 };
        const room = bulkhead({ name: 'x', limit: 20 });
        const limits = { minLimit: 19, maxLimit: 21, isDrop: () => true };
        const policies = pipeline({ clock }, room, adaptiveLimit({ bulkhead: room, algorithm, ...limits }));
        const seen = new Set<number>();
        for (const { ms, drops, many } of calls) {
          const work = () => clock.sleep(ms).then(() => (drops ? Promise.reject(new Error('drop')) : 1));
          const runs = Array.from({ length: many ? 15 : 1 }, () => policies.run(work));
          await clock.run(Promise.allSettled(runs));
          seen.add(room.state.limit);
        }
        expect([...seen].every((limit) => limit >= 19 && limit <= 21)).toBe(true);
        expect(room.state.active).toBe(0);
      }),
      { numRuns: 50, seed: 2 },
    );
  });
});
