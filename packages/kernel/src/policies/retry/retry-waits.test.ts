import { describe, expect, test } from 'vitest';
import { defineFaults, fault, severity } from '../../faults/index.ts';
import { Signals } from '../../signals/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import {
  constant,
  fallback,
  pipeline,
  type RetryOptions,
  type RunOptions,
  retry,
  retryExhausted,
  timeout,
  type Work,
} from '../index.ts';

const flaky = new Error('flaky');

/** Runs work that always fails, on simulated time; answers when it was called, why it gave up and how it ended. */
async function trial(options: RetryOptions, runOptions?: RunOptions, work?: Work<unknown>) {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const calledAt: number[] = [];
  const reasons: string[] = [];
  signals.on(retryExhausted, ({ data }) => reasons.push(data.reason));
  const run = pipeline({ clock, signals }, retry({ backoff: constant(100), ...options })).run((attempt) => {
    calledAt.push(clock.monotonicMs());
    return work ? work(attempt) : Promise.reject(flaky);
  }, runOptions);
  const ended = await clock.run(run.catch((thrown: unknown) => thrown));
  return { calledAt, reasons, ended, clock };
}

const askingFor = (retryAfter: string) => () =>
  Promise.reject(Object.assign(new Error('429'), { headers: { 'retry-after': retryAfter } }));

describe('Retry-After', () => {
  test('in seconds is waited for instead of a shorter backoff', async () => {
    expect((await trial({}, {}, askingFor('2'))).calledAt).toEqual([0, 2000, 4000]);
  });

  test('as a date is waited for by the wall time of the clock', async () => {
    const date = new Date(Date.UTC(2026, 0, 1, 0, 0, 7)).toUTCString();
    expect((await trial({}, {}, askingFor(date))).calledAt).toEqual([0, 7000, 7100]);
  });

  test('does not shorten the backoff', async () => {
    expect((await trial({ backoff: constant(5000) }, {}, askingFor('2'))).calledAt).toEqual([
      0, 5000, 10_000,
    ]);
  });

  test('is capped, at a minute unless told otherwise, but a longer backoff is not', async () => {
    expect((await trial({ maxAttempts: 2 }, {}, askingFor('3600'))).calledAt).toEqual([0, 60_000]);
    const capped = { maxAttempts: 2, maxRetryAfterMs: 700 };
    expect((await trial(capped, {}, askingFor('3600'))).calledAt).toEqual([0, 700]);
    const slow = { ...capped, backoff: constant(900) };
    expect((await trial(slow, {}, askingFor('3600'))).calledAt).toEqual([0, 900]);
  });

  test('that cannot be understood is passed over', async () => {
    expect((await trial({ maxAttempts: 2 }, {}, askingFor('soon'))).calledAt).toEqual([0, 100]);
  });

  test('longer than maxElapsedMs allows is not waited for at all', async () => {
    const { calledAt, reasons } = await trial({ maxElapsedMs: 3000 }, {}, askingFor('10'));
    expect([calledAt, reasons]).toEqual([[0], ['elapsed']]);
  });

  test('of a result that is not accepted counts too', async () => {
    const response = () => new Response('', { status: 503, headers: { 'retry-after': '3' } });
    const { calledAt } = await trial({ maxAttempts: 2, retryResult: () => true }, {}, response);
    expect(calledAt).toEqual([0, 3000]);
  });

  test('of a refusal that is retryable counts too', async () => {
    const faults = defineFaults('test', {
      LIMITED: fault<{ readonly retryAfterMs: number }>({
        category: 'test',
        severity: severity.WARNING,
        recovery: 'none',
        retryable: true,
        message: 'limited',
      }),
    });
    const refuses = () => Promise.reject(faults.LIMITED({ retryAfterMs: 400 }));
    expect((await trial({ maxAttempts: 2 }, {}, refuses)).calledAt).toEqual([0, 400]);
  });
});

describe('the deadline of a run', () => {
  test('ends the retries before a wait that would end at it or later', async () => {
    const { calledAt, reasons, ended, clock } = await trial({ maxAttempts: 99 }, { deadlineMs: 300 });
    expect(calledAt).toEqual([0, 100, 200]);
    expect(reasons).toEqual(['deadline']);
    expect(ended).toBe(flaky);
    expect(clock.monotonicMs()).toBe(200);
  });

  test('that is over lets nothing be tried again, not even without a wait', async () => {
    const { calledAt } = await trial({ backoff: constant(0) }, { deadlineMs: 0 });
    expect(calledAt).toHaveLength(1);
  });
});

describe('after output was delivered', () => {
  const speaks: Work<never> = async (attempt) => {
    attempt.progress('output');
    throw flaky;
  };

  test('nothing is tried again: nobody wants to hear the beginning twice', async () => {
    const { calledAt, reasons, ended } = await trial({}, {}, speaks);
    expect([calledAt, reasons, ended]).toEqual([[0], ['delivered'], flaky]);
    expect(
      (await trial({ retryResult: () => true }, {}, async (attempt) => attempt.progress('output'))).calledAt,
    ).toHaveLength(1);
  });

  test('nothing is replaced by a fallback, while what was not useful yet may be', async () => {
    await expect(pipeline(fallback('instead')).run(speaks)).rejects.toBe(flaky);
    const connects: Work<never> = async (attempt) => {
      attempt.progress('connected');
      attempt.progress('chunk');
      throw flaky;
    };
    expect(await pipeline(fallback('instead')).run(connects)).toBe('instead');
    expect((await trial({}, {}, connects)).calledAt).toHaveLength(3);
  });
});

describe("the trap of cockatiel's retry", () => {
  test('an abort at 20 ms into a wait of 1 s settles at 20 ms, not at 1,002, and calls nothing again', async () => {
    const clock = new SimulatedClock();
    const caller = new AbortController();
    const reason = new Error('barge-in');
    let calls = 0;
    const run = pipeline({ clock }, retry({ backoff: constant(1000) })).run(
      () => {
        calls++;
        return Promise.reject(flaky);
      },
      { signal: caller.signal },
    );
    clock.schedule(20, () => caller.abort(reason));
    await expect(clock.run(run)).rejects.toBe(reason);
    expect([clock.monotonicMs(), calls, clock.waitingTimers]).toEqual([20, 1, 0]);
    await clock.advance(5000);
    expect(calls).toBe(1);
  });

  test('a timeout outside ends a wait just so, and a fallback answers', async () => {
    const clock = new SimulatedClock();
    let calls = 0;
    const policies = pipeline({ clock }, fallback('late'), timeout(20), retry({ backoff: constant(1000) }));
    const run = policies.run(() => {
      calls++;
      return Promise.reject(flaky);
    });
    expect(await clock.run(run)).toBe('late');
    expect([clock.monotonicMs(), calls]).toEqual([20, 1]);
  });
});

test('predicates and backoffs that throw end the run with what they threw', async () => {
  const bug = new Error('a bug');
  const throws = () => {
    throw bug;
  };
  const options: RetryOptions[] = [{ retryOn: throws }, { backoff: throws }];
  for (const each of options) expect((await trial(each)).ended).toBe(bug);
  expect((await trial({ retryResult: throws }, {}, () => 'fine')).ended).toBe(bug);
});

test('a thousand runs at once keep their attempts apart', async () => {
  const clock = new SimulatedClock();
  const policies = pipeline({ clock }, retry({ maxAttempts: 4, backoff: (attempt) => attempt }));
  const runs = Array.from({ length: 1000 }, (_, index) => {
    let calls = 0;
    return policies.run(async () => {
      if (calls++ < index % 4) throw flaky;
      return calls;
    });
  });
  expect(await clock.run(Promise.all(runs))).toEqual(runs.map((_, index) => (index % 4) + 1));
  expect(clock.waitingTimers).toBe(0);
});
