import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import { type Attempt, breaker, pipeline, retry, timeout, timeoutFaults } from '../index.ts';

const untilAborted = (attempt: Attempt) =>
  new Promise<never>((_resolve, reject) => {
    attempt.signal.addEventListener('abort', () => reject(attempt.signal.reason));
  });

const isTimeout = (error: unknown) => timeoutFaults.TIMED_OUT.matches(error);

describe('a timeout', () => {
  test('lets work through that ends in time', async () => {
    const clock = new SimulatedClock();
    const run = pipeline({ clock }, timeout(100)).run(() => clock.sleep(99).then(() => 'in time'));
    expect(await clock.run(run)).toBe('in time');
  });

  test('ends exactly at its time, with a fault that says whose and how long', async () => {
    const clock = new SimulatedClock();
    const run = pipeline({ clock, name: 'tts' }, timeout(100)).run(untilAborted);
    const error: unknown = await clock.run(run.catch((thrown: unknown) => thrown));
    expect(error).toSatisfy(isTimeout);
    expect(error).toMatchObject({
      context: { pipeline: 'tts', timeoutMs: 100 },
      retryable: true,
      message: 'tts: no answer within 100 ms',
    });
    expect(clock.monotonicMs()).toBe(100);
  });

  test('tells the work to stop, with the same fault as reason', async () => {
    const clock = new SimulatedClock();
    let attempt: Attempt | undefined;
    const run = pipeline({ clock }, timeout(100)).run((given) => {
      attempt = given;
      return untilAborted(given);
    });
    const error: unknown = await clock.run(run.catch((thrown: unknown) => thrown));
    expect(attempt?.signal.reason).toBe(error);
  });

  test('tells work that reads its signal too late', async () => {
    const clock = new SimulatedClock();
    let late: AbortSignal | undefined;
    const run = pipeline({ clock }, timeout(100, { mode: 'cooperative' })).run(async (attempt) => {
      await clock.sleep(150);
      late = attempt.signal;
    });
    await expect(clock.run(run)).rejects.toSatisfy(isTimeout);
    expect(late?.aborted).toBe(true);
    expect(late?.reason).toSatisfy(isTimeout);
  });

  test('gives each attempt a signal of its own', async () => {
    const clock = new SimulatedClock();
    const signals: AbortSignal[] = [];
    const run = pipeline({ clock }, retry({ backoff: () => 0 }), timeout(100)).run(async (attempt) => {
      signals.push(attempt.signal);
      if (attempt.number === 1) await untilAborted(attempt);
      return signals.map(({ aborted }) => aborted);
    });
    expect(await clock.run(run)).toEqual([true, false]);
  });

  test('does not abort the signal of work that has ended', async () => {
    const clock = new SimulatedClock();
    const signal = await pipeline({ clock }, timeout(100)).run(async (attempt) => attempt.signal);
    await clock.advance(1000);
    expect(signal.aborted).toBe(false);
  });

  test('keeps the deadlines of a thousand overlapping calls apart', async () => {
    const clock = new SimulatedClock();
    const policies = pipeline({ clock }, timeout(500));
    const ended: number[] = [];
    const running = Array.from({ length: 1000 }, async (_, index) => {
      await clock.sleep(index);
      const takesMs = index % 3 === 0 ? 1000 : index % 400;
      await policies.run(() => clock.sleep(takesMs)).catch(() => ended.push(clock.monotonicMs() - index));
    });
    await clock.run(Promise.all(running));
    expect(ended).toEqual(new Array(334).fill(500));
    await clock.advance(500);
    expect(clock.waitingTimers).toBe(0);
  });
});

describe('a cooperative timeout', () => {
  test('waits for the work to end before it answers', async () => {
    const clock = new SimulatedClock();
    const run = pipeline({ clock }, timeout(100, { mode: 'cooperative' })).run(() => clock.sleep(250));
    await expect(clock.run(run)).rejects.toSatisfy(isTimeout);
    expect(clock.monotonicMs()).toBe(250);
  });

  test('further out wins over one further in that comes later', async () => {
    const clock = new SimulatedClock();
    const outer = timeout(100, { mode: 'cooperative' });
    const inner = timeout(200, { mode: 'cooperative' });
    let calls = 0;
    const run = pipeline({ clock }, outer, retry({ backoff: () => 0 }), inner).run(() => {
      calls++;
      return clock.sleep(300);
    });
    await expect(clock.run(run)).rejects.toMatchObject({ context: { timeoutMs: 100 } });
    expect(calls).toBe(1);
  });
});

describe('an abandoning timeout', () => {
  test('ends what is inside of it at once: a retry there makes no attempt any more', async () => {
    const clock = new SimulatedClock();
    let calls = 0;
    const inside = retry({ maxAttempts: 99, backoff: () => 30 });
    const run = pipeline({ clock }, timeout(100), inside).run(() => {
      calls++;
      return Promise.reject(new Error('flaky'));
    });
    await expect(clock.run(run)).rejects.toSatisfy(isTimeout);
    expect(calls).toBe(4);
    await clock.advance(1000);
    expect(calls).toBe(4);
  });

  test('has stopped an attempt that looks at its signal only when the next one runs', async () => {
    const clock = new SimulatedClock();
    const policies = pipeline({ clock }, retry({ maxAttempts: 3, backoff: () => 0 }), timeout(200));
    const aborted: boolean[] = [];
    const run = policies.run(async (attempt) => {
      if (attempt.number === 3) return 'good';
      await clock.sleep(attempt.number === 1 ? 300 : 150);
      // Too late for the first: this is no output of the second, which may be tried again.
      if (attempt.number === 1) attempt.progress('output');
      aborted.push(attempt.signal.aborted);
      throw new Error('flaky');
    });
    expect(await clock.run(run)).toBe('good');
    expect(aborted).toEqual([true, false]);
  });

  test('does not count in a breaker inside of it, but in one outside', async () => {
    const clock = new SimulatedClock();
    const inside = breaker({ name: 'inside', consecutive: 1 });
    const outside = breaker({ name: 'outside', consecutive: 1 });
    const run = pipeline({ clock }, outside, timeout(100), inside).run(() => clock.sleep(250));
    await expect(clock.run(run)).rejects.toSatisfy(isTimeout);
    expect([inside, outside].map((each) => each.phase.state)).toEqual(['closed', 'open']);
  });
});

describe.each(['abandon', 'cooperative'] as const)('the caller’s own abort, with mode %s', (mode) => {
  const reason = new Error('barge-in');

  /** Aborts at 20 ms what a timeout would end at 100, and answers how the run ends, and when. */
  async function cancelled(work: (attempt: Attempt, clock: SimulatedClock) => Promise<unknown>) {
    const clock = new SimulatedClock();
    const caller = new AbortController();
    clock.schedule(20, () => caller.abort(reason));
    const policies = pipeline({ clock }, timeout(100, { mode }));
    const run = policies.run((attempt) => work(attempt, clock), { signal: caller.signal });
    const ended: unknown = await clock.run(run.catch((error: unknown) => error));
    return { ended, atMs: clock.monotonicMs() };
  }

  test('cockatiel#99: is cancelled with its reason, never reported as a timeout', async () => {
    let told: unknown;
    const { ended, atMs } = await cancelled((attempt) =>
      untilAborted(attempt).catch((error: unknown) => {
        told = error;
        throw new Error('the socket was closed');
      }),
    );
    expect([ended, told, atMs]).toEqual([reason, reason, 20]);
  });

  test('cockatiel#101: stays cancelled when the time runs out before the work has come to its end', async () => {
    const { ended, atMs } = await cancelled(async (_attempt, clock) => {
      await clock.sleep(500);
      throw new Error('late');
    });
    expect([ended, atMs]).toEqual([reason, mode === 'abandon' ? 20 : 500]);
  });
});

test.each([
  [0, 'must be a number above 0 to'],
  [-1, 'got -1'],
  [Number.NaN, 'got NaN'],
  [Number.POSITIVE_INFINITY, 'got Infinity'],
  ['100', 'got 100'],
])('a time of %o is refused', (ms, message) => {
  expect(() => timeout(ms as number)).toThrow(message);
});

test('a mode that does not exist is refused', () => {
  expect(() => timeout(1, { mode: 'aggressive' as never })).toThrow(
    'one of abandon,cooperative; got aggressive',
  );
});
