import { describe, expect, test } from 'vitest';
import { Signals } from '../signals/index.ts';
import { SimulatedClock } from '../time/index.ts';
import { type Step, type TransactionOptions, transaction, transactionFinished } from './index.ts';
import { fails, heedful, never, world } from './transaction.fixture.ts';

describe('a transaction', () => {
  test('does its steps in order, one after the other, and is done', async () => {
    const { clock, done, step, run } = world();
    const slow = step('a', { do: () => clock.sleep(10).then(() => done.push('a is over')) });
    expect(await run([slow, step('b', { do: () => undefined })])).toEqual({ state: 'done' });
    expect(done).toEqual(['a', 'a is over', 'b']);
    expect(clock.waitingTimers).toBe(0);
  });

  test('of no steps is done', async () => {
    expect(await world().run([])).toEqual({ state: 'done' });
  });

  test('undoes the steps done in reverse when one throws, and enters its safe state', async () => {
    const { done, step, run } = world();
    const result = await run([step('a'), step('b'), step('c', { do: fails }), step('d')]);
    expect(result).toEqual({
      state: 'rolled-back',
      step: 'c',
      reason: 'threw',
      cause: new Error('broken'),
      undoFailures: [],
      safe: true,
      safeFailures: [],
      abandoned: false,
    });
    expect(done).toEqual(['a', 'b', 'c', 'undo b', 'undo a', 'safe']);
  });

  test.each([
    ['throws before its first await', { do: fails }, 'threw'],
    ['rejects', { do: async () => fails() }, 'threw'],
    ['rejects with nothing', { do: () => Promise.reject(undefined) }, 'threw'],
    ['answers false', { do: () => false }, 'refused'],
    ['answers false later', { do: async () => false }, 'refused'],
    ['takes too long', { do: heedful, deadlineMs: 50 }, 'timed-out'],
  ])('rolls back when a step %s', async (_what, how: Partial<Step>, reason) => {
    const { done, step, run } = world();
    expect(await run([step('a'), step('b', how)])).toMatchObject({ state: 'rolled-back', step: 'b', reason });
    expect(done).toEqual(['a', 'b', 'undo a', 'safe']);
  });

  test.each([0, null, '', undefined])('takes %o as done: only false is a refusal', async (answer) => {
    const { step, run } = world();
    expect(await run([step('a', { do: () => answer })])).toEqual({ state: 'done' });
  });

  test('does not undo the step that threw or refused, only those that were done', async () => {
    const { done, step, run } = world();
    await run([step('a'), step('b', { do: fails })]);
    await run([step('c', { do: () => false })]);
    expect(done).toEqual(['a', 'b', 'undo a', 'safe', 'c', 'safe']);
  });

  test('collects the undos that fail, and goes on undoing', async () => {
    const { clock, done, step, run } = world();
    const steps = [
      step('a'),
      step('b', { undo: fails }),
      step('c', { undo: () => false }),
      step('d', { undo: never }),
      step('e', { do: fails }),
    ];
    expect(await run(steps, { graceMs: 70 })).toMatchObject({
      undoFailures: [
        { step: 'd', reason: 'timed-out', cause: { name: 'TimeoutError' } },
        { step: 'c', reason: 'refused', cause: false },
        { step: 'b', reason: 'threw', cause: new Error('broken') },
      ],
      safe: true,
    });
    expect(done.slice(5)).toEqual(['undo d', 'undo c', 'undo b', 'undo a', 'safe']);
    expect(clock.monotonicMs()).toBe(70);
  });

  test('without a safe state is safe when all that was done is undone', async () => {
    const clock = new SimulatedClock();
    const undo = (undoing: () => unknown) =>
      transaction(
        [
          { name: 'a', do: () => true, undo: undoing },
          { name: 'b', do: fails },
        ],
        { clock },
      );
    expect(await undo(() => true)).toMatchObject({ safe: true });
    expect(await undo(fails)).toMatchObject({ safe: false });
  });

  test('leaves no timer and no listener behind', async () => {
    const { clock, step, run } = world();
    const listeners = new Set<unknown>();
    const { signal } = new AbortController();
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners.add(args[1]);
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners.delete(args[1]);
      removeEventListener.apply(signal, args);
    };
    await run([step('a'), step('b', { do: () => clock.sleep(10) }), step('c', { do: fails })], { signal });
    expect(listeners.size).toBe(0);
    expect(clock.waitingTimers).toBe(0);
  });
});

describe('the safe state', () => {
  test('that hangs is given up at its deadline; the transaction ends, and is not safe', async () => {
    const { clock, run } = world();
    const result = await run([{ name: 'a', do: fails }], { safeState: [never, fails], graceMs: 50 });
    expect(result).toMatchObject({
      state: 'rolled-back',
      safe: false,
      safeFailures: [{ reason: 'timed-out', cause: { name: 'TimeoutError' } }, { reason: 'threw' }],
    });
    expect(clock.monotonicMs()).toBe(50);
  });

  test('has a last resort when the preferred one cannot be reached', async () => {
    const { done, run } = world();
    const safeState = [fails, () => void done.push('idle'), () => void done.push('not needed')];
    expect(await run([{ name: 'a', do: fails }], { safeState })).toMatchObject({ safe: true });
    expect(done).toEqual(['idle']);
  });
});

test('the end is told, with what came of it', async () => {
  const { clock, step, run } = world();
  const signals = new Signals({ clock });
  const told: unknown[] = [];
  signals.on(transactionFinished, ({ source, data }) => told.push([source, data]));
  const result = await run([step('a', { do: () => clock.sleep(25) })], { signals, name: 'start session' });
  expect(told).toEqual([['start session', { transaction: 'start session', result }]]);
});

test.each([
  [{ deadlineMs: 0 }, 'deadlineMs of the transaction must be a number'],
  [{ deadlineMs: Number.NaN }, 'got NaN'],
  [{ graceMs: Number.POSITIVE_INFINITY }, 'graceMs of the transaction must be'],
  [{ graceMs: -1 }, 'graceMs of the transaction must be'],
  [{ name: 'start', deadlineMs: '5' as never }, 'deadlineMs of the start must be'],
])('an option out of range is refused at once: %o', (options: TransactionOptions, message) => {
  expect(() => transaction([], options)).toThrow(message);
});

test('a deadline of a step out of range is refused before any step is done', () => {
  const { done, step } = world();
  expect(() => transaction([step('a'), step('b', { deadlineMs: 0 })])).toThrow('deadlineMs of the b must be');
  expect(done).toEqual([]);
});
