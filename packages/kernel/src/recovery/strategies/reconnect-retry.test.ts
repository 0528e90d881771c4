import { describe, expect, test } from 'vitest';
import { kernelFaults } from '../../faults/index.ts';
import { Signals } from '../../signals/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import { type ReconnectRetryOptions, reconnectRetry } from './reconnect-retry.ts';

const fault = kernelFaults.CONNECTION_LOST({ error: 'reset', errorName: 'Error' });

/** Reconnects, on simulated time; answers when it was tried and how it ended. */
async function trial(
  reconnect: (attempt: number, signal: AbortSignal) => Promise<boolean> | boolean,
  options: Partial<ReconnectRetryOptions> & { abortMs?: number } = {},
) {
  const clock = new SimulatedClock();
  const triedMs: number[] = [];
  const strategy = reconnectRetry({
    reconnect: (_, signal) => reconnect(triedMs.push(clock.monotonicMs()), signal),
    clock,
    ...options,
  });
  const controller = new AbortController();
  const reason = new Error('given up');
  if (options.abortMs !== undefined) clock.schedule(options.abortMs, () => controller.abort(reason));
  const run = Promise.resolve(strategy.recover(fault, { component: 'osc' }, controller));
  const ended = await clock.run(run.catch((error: unknown) => error));
  return { ended, triedMs, endedMs: clock.monotonicMs() };
}

describe('reconnect_retry', () => {
  test('makes 3 attempts, 1.0 s × 2^attempt apart, and its message counts them', async () => {
    const { ended, triedMs } = await trial((attempt) => attempt === 3);
    expect(triedMs).toEqual([0, 1000, 3000]);
    expect(ended).toMatchObject({
      success: true,
      fallbackUsed: false,
      message: 'Reconnected after 3 attempts',
    });
  });

  test('exhausted, has no success and a fallback used, and does not wait after the last attempt', async () => {
    const { ended, triedMs, endedMs } = await trial(() => {
      throw new TypeError('no route');
    });
    expect(triedMs).toHaveLength(3);
    expect(endedMs).toBe(3000);
    expect(ended).toMatchObject({
      success: false,
      fallbackUsed: true,
      message: 'Failed to reconnect after multiple attempts: TypeError: no route',
    });
  });

  test('counts an answer that is not true as a failed attempt: a connection has to be seen', async () => {
    const { ended } = await trial(() => undefined as never);
    expect(ended).toMatchObject({ success: false, message: expect.stringMatching('no connection') });
  });

  test('gives up an attempt that hangs, whose signal aborts', async () => {
    const aborted: boolean[] = [];
    const { ended, triedMs } = await trial(
      (attempt, signal) => {
        signal.addEventListener('abort', () => aborted.push(true));
        return attempt === 2 || new Promise(() => undefined);
      },
      { attemptTimeoutMs: 400 },
    );
    expect(triedMs).toEqual([0, 1400]);
    expect(aborted).toHaveLength(1);
    expect(ended).toMatchObject({ success: true, message: 'Reconnected after 2 attempts' });
  });

  test('abort during backoff: settles at once and connects no more', async () => {
    const { ended, triedMs, endedMs } = await trial(() => false, { abortMs: 20 });
    expect(ended).toMatchObject({ success: false });
    expect(endedMs).toBe(20);
    expect(triedMs).toEqual([0]);
  });

  test('tells its attempts in its name', async () => {
    const signals = new Signals();
    const said: string[] = [];
    signals.onAny(({ source, type }) => said.push(`${source} ${type}`));
    await trial(() => false, { signals, maxAttempts: 2 });
    expect(said).toEqual(['reconnect_retry retry.scheduled', 'reconnect_retry retry.exhausted']);
  });

  test('takes other numbers', async () => {
    const { triedMs } = await trial(() => false, { maxAttempts: 4, backoff: () => 10 });
    expect(triedMs).toEqual([0, 10, 20, 30]);
  });
});

test.each([{ maxAttempts: 0 }, { attemptTimeoutMs: 0 }, { maxAttempts: 1.5 }])(
  'reconnect_retry refuses %j',
  (options) => {
    expect(() => reconnectRetry({ reconnect: () => true, ...options })).toThrow(RangeError);
  },
);
