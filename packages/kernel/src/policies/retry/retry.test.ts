import { describe, expect, test } from 'vitest';
import { defineFaults, fault, kernelFaults, severity } from '../../faults/index.ts';
import { type Signal, Signals } from '../../signals/index.ts';
import { SimulatedClock, seededRandom } from '../../time/index.ts';
import {
  breaker,
  breakerFaults,
  exponential,
  isRetryable,
  pipeline,
  type RetryOptions,
  retry,
} from '../index.ts';

const flaky = new Error('flaky');
const faults = defineFaults('test', {
  BUSY: fault({
    category: 'test',
    severity: severity.WARNING,
    recovery: 'none',
    retryable: true,
    message: 'busy',
  }),
  GONE: fault({ category: 'test', severity: severity.ERROR, recovery: 'none', message: 'gone' }),
});

/** Runs work that fails `failures` times, on simulated time; answers when it was called and how it ended. */
async function trial(options: RetryOptions, failures = Number.POSITIVE_INFINITY, error: unknown = flaky) {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const heard: Signal[] = [];
  signals.onAny((signal) => heard.push(signal));
  const calledAt: number[] = [];
  const run = pipeline({ name: 'llm', clock, signals, random: seededRandom(1) }, retry(options)).run(
    async () => {
      calledAt.push(Math.round(clock.monotonicMs()));
      if (calledAt.length <= failures) throw error;
      return 'answer';
    },
  );
  const ended = await clock.run(run.catch((thrown: unknown) => thrown));
  return { calledAt, ended, signals: heard.map(({ type, source, data }) => ({ type, source, data })) };
}

describe('a retry', () => {
  const steady = exponential({ baseMs: 100, jitter: 'none' });

  test('tries again after growing waits, and answers the first success', async () => {
    const { calledAt, ended } = await trial({ maxAttempts: 4, backoff: steady }, 3);
    expect(calledAt).toEqual([0, 100, 300, 700]);
    expect(ended).toBe('answer');
  });

  test('makes three attempts unless told otherwise, and ends with the last error itself', async () => {
    const { calledAt, ended } = await trial({});
    expect(calledAt).toHaveLength(3);
    expect(ended).toBe(flaky);
  });

  test('begins no wait that would end after maxElapsedMs', async () => {
    const { calledAt, signals } = await trial({ maxAttempts: 99, backoff: steady, maxElapsedMs: 699 });
    expect(calledAt).toEqual([0, 100, 300]);
    expect(signals.at(-1)).toEqual({
      type: 'retry.exhausted',
      source: 'llm',
      data: { attempts: 3, reason: 'elapsed', error: flaky },
    });
    expect((await trial({ maxAttempts: 99, backoff: steady, maxElapsedMs: 700 })).calledAt).toHaveLength(4);
  });

  test('tells each wait, and that it has given up', async () => {
    const { signals } = await trial({ maxAttempts: 2, backoff: steady });
    expect(signals).toEqual([
      { type: 'retry.scheduled', source: 'llm', data: { attempts: 1, delayMs: 100, error: flaky } },
      { type: 'retry.exhausted', source: 'llm', data: { attempts: 2, reason: 'attempts', error: flaky } },
    ]);
  });

  test('tries again on a result that is not accepted, and answers the last one', async () => {
    let calls = 0;
    const answers = ['', '', 'transcript'];
    const work = () => answers[calls++ % 3] as string;
    const options = { backoff: () => 0, retryResult: (text: string) => text === '' };
    expect(await pipeline(retry({ ...options, maxAttempts: 2 })).run(work)).toBe('');
    calls = 0;
    expect(await pipeline(retry({ ...options, maxAttempts: 3 })).run(work)).toBe('transcript');
  });

  test('with immediate waits and synchronous work does not grow the stack', async () => {
    let calls = 0;
    const run = pipeline(retry({ maxAttempts: 20_000, backoff: () => 0, retryOn: () => true })).run(() => {
      calls++;
      throw flaky;
    });
    await expect(run).rejects.toBe(flaky);
    expect(calls).toBe(20_000);
  });

  test('does not knock at an open circuit', async () => {
    let calls = 0;
    const open = breaker({ name: 'llm', consecutive: 1 });
    const run = pipeline(retry({ maxAttempts: 9, backoff: () => 0 }), open).run(() => {
      calls++;
      throw flaky;
    });
    await expect(run).rejects.toSatisfy((error) => breakerFaults.CIRCUIT_OPEN.matches(error));
    expect(calls).toBe(1);
  });

  test('fails of a backoff that answers nonsense, without going on', async () => {
    const { calledAt, ended } = await trial({ backoff: () => Number.NaN, retryOn: () => true });
    expect(calledAt).toHaveLength(1);
    expect(ended).toMatchObject({ message: expect.stringContaining('backoff() of the retry must be') });
  });

  test('tries nothing again of which its fault, or its kind, says that it is final', async () => {
    for (const final of [
      faults.GONE({}),
      new TypeError('x is not a function'),
      new DOMException('', 'AbortError'),
    ]) {
      const { calledAt, ended, signals } = await trial({}, 99, final);
      expect([calledAt, ended, signals]).toEqual([[0], final, []]);
    }
    expect((await trial({}, 99, faults.BUSY({}))).calledAt).toHaveLength(3);
  });

  test('asks its own predicate when it has one', async () => {
    const { calledAt } = await trial({ retryOn: (error) => faults.GONE.matches(error) }, 99, faults.GONE({}));
    expect(calledAt).toHaveLength(3);
    expect((await trial({ retryOn: () => false })).calledAt).toHaveLength(1);
  });
});

test.each([
  ['a fault that says so', faults.BUSY({}), true],
  ['a fault that does not', faults.GONE({}), false],
  ['a lost connection', Object.assign(new Error('reset'), { code: 'ECONNRESET' }), true],
  ['a failed fetch', new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }), true],
  ['a forbidden file', Object.assign(new Error('no'), { code: 'EACCES' }), false],
  ['a cancelled call', new DOMException('stop', 'AbortError'), false],
  ['an error that nobody declared', new Error('hm'), true],
  ['something else that was thrown', 'hm', true],
  ['a mistake in the program', new TypeError('x is not a function'), false],
  ['a classified mistake', kernelFaults.UNEXPECTED({ error: 'x', errorName: 'TypeError' }), false],
])('by itself, %s is retried: %o → %s', (_what, error, expected) => {
  expect(isRetryable(error)).toBe(expected);
});

test.each<[string, () => unknown, string]>([
  [
    'maxAttempts',
    () => retry({ maxAttempts: 0 }),
    'maxAttempts of the retry must be a whole number of 1 or more; got 0',
  ],
  ['half an attempt', () => retry({ maxAttempts: 1.5 }), 'whole number of 1 or more; got 1.5'],
  ['maxElapsedMs', () => retry({ maxElapsedMs: 0 }), 'a number above 0; got 0'],
  ['no number', () => retry({ maxElapsedMs: '5' as never }), 'a number above 0; got 5'],
  ['NaN', () => retry({ maxElapsedMs: Number.NaN }), 'got NaN'],
  [
    'a backoff that is none',
    () => retry({ backoff: 100 as never }),
    'backoff of the retry must be a function; got 100',
  ],
  ['retryOn', () => retry({ retryOn: true as never }), 'retryOn of the retry must be a function; got true'],
  ['retryResult', () => retry({ retryResult: /x/ as never }), 'retryResult of the retry must be a function'],
  ['maxRetryAfterMs', () => retry({ maxRetryAfterMs: -1 }), 'maxRetryAfterMs of the retry must be'],
  [
    'a budget that is none',
    () => retry({ budget: { tokens: 5 } as never }),
    'budget.tryTake of the retry must be a function; got null',
  ],
])('refuses at construction: %s', (_what, make, message) => {
  expect(make).toThrow(message);
});

test('a predicate that cancels the run ends it: the work is not called again, not even without a wait', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  let calls = 0;
  const policies = pipeline(
    retry({
      backoff: () => 0,
      retryOn: () => {
        controller.abort(reason);
        return true;
      },
    }),
  );
  const work = () => {
    calls++;
    return Promise.reject(new Error('no'));
  };
  await expect(policies.run(work, { signal: controller.signal })).rejects.toBe(reason);
  expect(calls).toBe(1);
});

test('an abort during a wait does not tell an attempt that has ended', async () => {
  const clock = new SimulatedClock();
  const controller = new AbortController();
  let told: AbortSignal | undefined;
  const policies = pipeline({ clock }, retry({ backoff: () => 1000 }));
  const run = policies.run(
    ({ signal }) => {
      told = signal;
      return Promise.reject(new Error('no'));
    },
    { signal: controller.signal },
  );
  await clock.advance(10);
  controller.abort(new Error('enough'));
  await expect(run).rejects.toThrow('enough');
  expect(told?.aborted).toBe(false);
});
