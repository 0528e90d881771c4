import { describe, expect, test } from 'vitest';
import { Signals } from '../signals/index.ts';
import { SimulatedClock } from '../time/index.ts';
import {
  StateMachine,
  type Step,
  type TransactionOptions,
  transaction,
  transactionFinished,
} from './index.ts';

const never = () => new Promise<never>(() => undefined);
const heedful = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

function world() {
  const clock = new SimulatedClock();
  const done: string[] = [];
  /** A step whose `do` and `undo` are noted, and do what `how` says. */
  const step = (name: string, how: Partial<Step> = {}): Step => ({
    name,
    ...how,
    do: (signal) => {
      done.push(name);
      return how.do?.(signal);
    },
    undo: (signal) => {
      done.push(`undo ${name}`);
      return how.undo?.(signal);
    },
  });
  const run = (steps: readonly Step[], options: TransactionOptions = {}) =>
    clock.run(transaction(steps, { clock, safeState: () => void done.push('safe'), ...options }));
  return { clock, done, step, run };
}

const fails = () => {
  throw new Error('broken');
};

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

  test('undoes the failed step itself only when it says that it may have done a part', async () => {
    const { done, step, run } = world();
    await run([step('a'), step('b', { do: fails, undoPartial: true })]);
    await run([step('c', { do: () => false, undoPartial: true })]);
    expect(done).toEqual(['a', 'b', 'undo b', 'undo a', 'safe', 'c', 'undo c', 'safe']);
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
    expect(await run(steps, { undoDeadlineMs: 70 })).toMatchObject({
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

describe('the deadlines of a transaction', () => {
  test('tell the step to stop, with a TimeoutError', async () => {
    const { clock, step, run } = world();
    let reason: unknown;
    const stuck = step('a', { do: (signal) => heedful(signal).catch((error: unknown) => (reason = error)) });
    const result = await run([stuck], { stepDeadlineMs: 40 });
    expect(result).toMatchObject({ reason: 'timed-out', cause: { name: 'TimeoutError' } });
    expect(result).toMatchObject({ cause: reason });
    expect(clock.monotonicMs()).toBe(40);
  });

  test('bound all steps together', async () => {
    const { clock, done, step, run } = world();
    const steps = [30, 30, 30, 30].map((ms, i) => step(`${i}`, { do: () => clock.sleep(ms) }));
    const result = await run(steps, { deadlineMs: 75, graceMs: 1 });
    expect(result).toMatchObject({ step: '2', reason: 'timed-out' });
    expect(clock.monotonicMs()).toBe(76);
    expect(done.slice(3)).toEqual(['undo 2', 'undo 1', 'undo 0', 'safe']);
  });

  test('start no step when one before has blocked the thread until the time of all is up', async () => {
    const { clock, done, step, run } = world();
    let blockedMs = 0;
    const blocking = Object.assign(clock, { monotonicMs: () => blockedMs });
    const steps = [step('a', { do: () => (blockedMs = 60) }), step('b')];
    const result = await run(steps, { clock: blocking, deadlineMs: 50 });
    expect(result).toMatchObject({ step: 'b', reason: 'timed-out', abandoned: false });
    expect(done).toEqual(['a', 'undo a', 'safe']);
  });

  test('undo a step that ends well after it was told to stop', async () => {
    const { clock, done, step, run } = world();
    const late = step('a', { do: () => clock.sleep(90), deadlineMs: 50 });
    expect(await run([late, step('b')])).toMatchObject({ step: 'a', reason: 'timed-out', abandoned: false });
    expect(done).toEqual(['a', 'undo a', 'safe']);
    expect(clock.monotonicMs()).toBe(90);
  });

  test('undo a step that does not stop, since nobody knows how far it has come', async () => {
    const { clock, done, step, run } = world();
    const result = await run([step('a'), step('b', { do: never })], { stepDeadlineMs: 50, graceMs: 30 });
    expect(result).toMatchObject({ step: 'b', reason: 'timed-out', abandoned: true, safe: true });
    expect(done).toEqual(['a', 'b', 'undo b', 'undo a', 'safe']);
    expect(clock.monotonicMs()).toBe(80);
  });

  test('drop what an abandoned step comes to', async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', onUnhandled);
    const { clock, step, run } = world();
    const late = step('a', { do: () => clock.sleep(500).then(fails) });
    expect(await run([late], { stepDeadlineMs: 50, graceMs: 30 })).toMatchObject({ abandoned: true });
    await clock.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', onUnhandled);
    expect(unhandled).toEqual([]);
  });
});

describe('an abort by the caller', () => {
  test('stops the step that runs, and is reported as aborted, with its reason', async () => {
    const { clock, done, step, run } = world();
    const caller = new AbortController();
    clock.schedule(20, () => caller.abort('barge-in'));
    const result = await run([step('a'), step('b', { do: heedful }), step('c')], { signal: caller.signal });
    expect(result).toMatchObject({ step: 'b', reason: 'aborted', cause: 'barge-in', safe: true });
    expect(done).toEqual(['a', 'b', 'undo a', 'safe']);
    expect(clock.monotonicMs()).toBe(20);
  });

  test('before the first step does nothing but enter the safe state', async () => {
    const { done, step, run } = world();
    const result = await run([step('a')], { signal: AbortSignal.abort('too late') });
    expect(result).toMatchObject({ step: 'a', reason: 'aborted', cause: 'too late' });
    expect(done).toEqual(['safe']);
  });

  test('stops neither undos nor the safe state', async () => {
    const { clock, done, step, run } = world();
    const caller = new AbortController();
    const aborted: boolean[] = [];
    const slow = (what: string) => (signal: AbortSignal) =>
      clock.sleep(10).then(() => {
        aborted.push(signal.aborted);
        done.push(`${what} is over`);
      });
    clock.schedule(5, () => caller.abort());
    const steps = [step('a', { undo: slow('undo a') }), step('b', { do: heedful })];
    const result = await run(steps, { signal: caller.signal, safeState: slow('safe') });
    expect(result).toMatchObject({ reason: 'aborted', undoFailures: [], safe: true });
    expect(done).toEqual(['a', 'b', 'undo a', 'undo a is over', 'safe is over']);
    expect(aborted).toEqual([false, false]);
  });

  test('undoes a step that ended well all the same', async () => {
    const { clock, done, step, run } = world();
    const caller = new AbortController();
    const deaf = step('a', { do: () => clock.sleep(30) });
    clock.schedule(10, () => caller.abort('enough'));
    expect(await run([deaf], { signal: caller.signal })).toMatchObject({
      reason: 'aborted',
      cause: 'enough',
    });
    expect(done).toEqual(['a', 'undo a', 'safe']);
  });

  test('after the last step changes nothing', async () => {
    const { done, step, run } = world();
    const caller = new AbortController();
    expect(await run([step('a')], { signal: caller.signal })).toEqual({ state: 'done' });
    caller.abort();
    expect(done).toEqual(['a']);
  });
});

describe('the safe state', () => {
  test('is tried so many times, with a wait between', async () => {
    const { clock, run } = world();
    const triedMs: number[] = [];
    const safeState = () => {
      triedMs.push(clock.monotonicMs());
      return triedMs.length >= 3;
    };
    const result = await run([{ name: 'a', do: fails }], { safeState, safeTries: 3, safeRetryMs: 40 });
    expect(result).toMatchObject({ safe: true });
    expect(result).toHaveProperty('safeFailures.length', 2);
    expect(triedMs).toEqual([0, 40, 80]);
  });

  test('gives up a try at its deadline, and is not safe when all have failed', async () => {
    const { clock, run } = world();
    const result = await run([{ name: 'a', do: fails }], {
      safeState: never,
      safeTries: 2,
      safeDeadlineMs: 100,
      safeRetryMs: 10,
    });
    const late = { reason: 'timed-out', cause: { name: 'TimeoutError' } };
    expect(result).toMatchObject({ state: 'rolled-back', safe: false, safeFailures: [late, late] });
    expect(clock.monotonicMs()).toBe(210);
  });

  test('has a last resort when the preferred one cannot be reached', async () => {
    const { done, run } = world();
    const safeState = [fails, () => void done.push('idle'), () => void done.push('not needed')];
    expect(await run([{ name: 'a', do: fails }], { safeState, safeTries: 1 })).toMatchObject({ safe: true });
    expect(done).toEqual(['idle']);
  });
});

test('the end is told, with what came of it and how long it took', async () => {
  const { clock, step, run } = world();
  const signals = new Signals({ clock });
  const told: unknown[] = [];
  signals.on(transactionFinished, ({ source, data }) => told.push([source, data]));
  const result = await run([step('a', { do: () => clock.sleep(25) })], { signals, name: 'start session' });
  expect(told).toEqual([['start session', { transaction: 'start session', result, durationMs: 25 }]]);
});

test.each([
  [{ stepDeadlineMs: 0 }, 'stepDeadlineMs must be a finite number, 1 or more; got 0'],
  [{ deadlineMs: Number.NaN }, 'deadlineMs must be a finite number, 1 or more; got NaN'],
  [{ undoDeadlineMs: Number.POSITIVE_INFINITY }, 'undoDeadlineMs'],
  [{ safeDeadlineMs: -1 }, 'safeDeadlineMs'],
  [{ safeTries: 0 }, 'safeTries must be'],
  [{ graceMs: -1 }, 'graceMs must be a finite number, 1 or more; got -1'],
  [{ safeRetryMs: '5' as never }, 'safeRetryMs'],
])('an option out of range is refused at once: %o', (options: TransactionOptions, message) => {
  expect(() => transaction([], options)).toThrow(RangeError);
  expect(() => transaction([], options)).toThrow(message);
});

test('a deadline of a step out of range is refused before any step is done', () => {
  const { done, step } = world();
  expect(() => transaction([step('a'), step('b', { deadlineMs: 0 })])).toThrow('deadlineMs must be');
  expect(done).toEqual([]);
});

describe('S0-02 to S0-11: starting a session of the voice client', () => {
  /** Seed 000: the microphone is on the hotword, then on the session; nothing else may ever be left. */
  function client(broken: readonly string[], how: () => unknown) {
    const clock = new SimulatedClock();
    const machine = new StateMachine({
      name: 'voice',
      start: 'LISTENING',
      transitions: {
        LISTENING: { start: 'ACTIVE_SESSION', fail: 'IDLE' },
        ACTIVE_SESSION: { recover: 'LISTENING', fail: 'IDLE' },
        IDLE: { recover: 'LISTENING' },
      },
    });
    let recording: 'hotword' | 'session' | 'nothing' = 'hotword';
    const may = (what: string) => (broken.includes(what) ? how() : true);
    const record = (what: typeof recording) => async () => {
      if ((await may(`record ${what}`)) === false) return false;
      recording = what;
      return true;
    };
    const steps: Step[] = [
      { name: 'transition', do: () => machine.send('start').moved && may('transition') },
      { name: 'stop hotword', do: record('nothing') },
      { name: 'notify server', do: () => may('notify server'), deadlineMs: 5000 },
      { name: 'record session', do: record('session') },
    ];
    const recover = async () => {
      recording = 'nothing';
      if ((await record('hotword')()) === false) return false;
      if (machine.state !== 'LISTENING') machine.send('recover');
      return true;
    };
    const idle = () => machine.send('fail').moved;
    return async () => {
      const result = await clock.run(transaction(steps, { clock, safeState: [recover, idle], safeTries: 1 }));
      return { result: result.state, state: machine.state, recording };
    };
  }

  test('reaches the session when all is well', async () => {
    const ended = { result: 'done', state: 'ACTIVE_SESSION', recording: 'session' };
    expect(await client([], fails)()).toEqual(ended);
  });

  const steps = ['transition', 'record nothing', 'notify server', 'record session'];
  const ways: readonly (readonly [string, () => unknown])[] = [
    ['throws', fails],
    ['answers false', () => false],
    ['hangs', never],
  ];
  test.each(steps.flatMap((step) => ways.map(([what, how]) => [step, what, how] as const)))(
    'is back at listening when %s %s',
    async (step, _what, how) => {
      const ended = { result: 'rolled-back', state: 'LISTENING', recording: 'hotword' };
      expect(await client([step], how)()).toEqual(ended);
    },
  );

  test.each(ways)('is idle when the recovery itself %s', async (_what, how) => {
    const ended = await client(['record session', 'record hotword'], how)();
    expect(ended).toEqual({ result: 'rolled-back', state: 'IDLE', recording: 'nothing' });
  });
});
