import { describe, expect, test } from 'vitest';
import { heedful, never, world } from './transaction.fixture.ts';

describe('the deadlines of a transaction', () => {
  test('tell the step to stop, with a TimeoutError', async () => {
    const { clock, step, run } = world();
    let reason: unknown;
    const stuck = step('a', { do: (signal) => heedful(signal).catch((error: unknown) => (reason = error)) });
    const result = await run([stuck], { deadlineMs: 40 });
    expect(result).toMatchObject({ reason: 'timed-out', cause: { name: 'TimeoutError' } });
    expect(result).toMatchObject({ cause: reason });
    expect(clock.monotonicMs()).toBe(40);
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
    const result = await run([step('a'), step('b', { do: never })], { deadlineMs: 50, graceMs: 30 });
    expect(result).toMatchObject({ step: 'b', reason: 'timed-out', abandoned: true, safe: true });
    expect(done).toEqual(['a', 'b', 'undo b', 'undo a', 'safe']);
    expect(clock.monotonicMs()).toBe(80);
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
