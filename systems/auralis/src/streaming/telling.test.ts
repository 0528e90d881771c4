import { retryExhausted, retryScheduled, Signals, SimulatedClock } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { sendWithRetry } from './telling.ts';

function create() {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const retries: number[] = [];
  const exhausted: number[] = [];
  const failures: unknown[] = [];
  signals.on(retryScheduled, ({ data }) => retries.push(data.delayMs));
  signals.on(retryExhausted, ({ data }) => exhausted.push(data.attempts));
  const send = sendWithRetry({ clock, signals, onFailure: (error) => failures.push(error) });
  return { clock, send, retries, exhausted, failures };
}

test('S2-45: what does not get through is tried three times, 1 s each, 0.1 s apart, and then given up', async () => {
  const { clock, send, retries, exhausted, failures } = create();
  const triedAtMs: number[] = [];
  const sent = send(() => {
    triedAtMs.push(clock.monotonicMs());
    return new Promise<void>(() => undefined);
  });
  await clock.advance(10_000);
  expect(await sent).toBe(false);
  expect(triedAtMs.map(Math.round)).toEqual([0, 1100, 2200]);
  expect(retries).toEqual([100, 100]);
  expect(exhausted).toEqual([3]);
  expect(failures).toMatchObject([{ code: 'TIMED_OUT' }]);
  expect(clock.waitingTimers).toBe(0);
});

test('S2-45: what gets through is told as sent, also at the second try', async () => {
  const { clock, send, failures } = create();
  expect(await send(() => undefined)).toBe(true);
  let tries = 0;
  const sent = send(() => (++tries === 2 ? undefined : new Promise<void>(() => undefined)));
  await clock.advance(2000);
  expect(await sent).toBe(true);
  expect(failures).toEqual([]);
});

test('S2-46: an error that is no timeout is not tried again', async () => {
  const { send, retries, failures } = create();
  let tries = 0;
  const gone = new Error('the connection is gone');
  const sent = await send(() => {
    tries++;
    throw gone;
  });
  expect([sent, tries, retries]).toEqual([false, 1, []]);
  expect(failures).toEqual([gone]);
});
