import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import { pipeline } from '../pipeline/index.ts';
import { timeout, timeoutFaults } from '../timeout/index.ts';
import { bulkhead } from './index.ts';
import { room } from './room.fixture.ts';

describe('the queue of a bulkhead', () => {
  test('goes in the order of arrival, and nobody overtakes', async () => {
    const { inside, call } = room({ queue: { size: 9 } });
    const [a, b, c] = ['a', 'b', 'c'].map((name) => call(name));
    await a?.succeed();
    expect(inside).toEqual(['b']);
    call('d');
    await b?.fail();
    expect(inside).toEqual(['c']);
    await c?.cancel();
    expect(inside).toEqual(['d']);
  });

  test('lets running sessions go before new ones', async () => {
    const { inside, call } = room({ queue: { size: 9 } });
    const first = call('first');
    const [fresh] = [call('new session'), call('another new session')];
    const running = call('running session', { priority: 10 });
    const next = call('another running session', { priority: 10 });
    await first.succeed();
    expect(inside).toEqual(['running session']);
    await running.succeed();
    expect(inside).toEqual(['another running session']);
    await next.succeed();
    expect(inside).toEqual(['new session']);
    await fresh.succeed();
    expect(inside).toEqual(['another new session']);
  });

  test('gives the place of the last of the least priority to a greater one when it is full', async () => {
    const { refused, subject, call } = room({ queue: { size: 2 } });
    call('inside');
    const [b, c] = [call('b'), call('c')];
    const running = call('running', { priority: 1 });
    expect(await c.ended).toMatchObject({ code: 'BULKHEAD_FULL', context: { reason: 'displaced' } });
    expect(await call('d').ended).toMatchObject({ context: { reason: 'full' } });
    expect(await call('e', { priority: -1 }).ended).toMatchObject({ context: { reason: 'full' } });
    call('running, too', { priority: 1 });
    expect(await b.ended).toMatchObject({ context: { reason: 'displaced' } });
    expect(await call('third', { priority: 1 }).ended).toMatchObject({ context: { reason: 'full' } });
    expect(refused).toEqual(['displaced', 'full', 'full', 'displaced', 'full']);
    expect(subject.state).toEqual({ active: 1, waiting: 2, limit: 1 });
    await running.cancel();
  });

  test('cockatiel removes who has aborted only when its turn comes: here its place is free at once', async () => {
    const { clock, subject, call } = room({ queue: { size: 1 } });
    const first = call('first');
    const waiting = call('waiting');
    expect(subject.state.waiting).toBe(1);
    const settled = waiting.cancel();
    expect(subject.state.waiting).toBe(0);
    expect(await settled).toBe('waiting is no longer wanted');
    const other = call('other');
    expect(subject.state.waiting).toBe(1);
    await first.succeed();
    expect(await other.succeed()).toBe('other');
    expect(clock.waitingTimers).toBe(0);
  });

  test('passes a place on that it has given to a call which is aborted before it goes on', async () => {
    const { clock, subject, inside, call } = room({ queue: { size: 9 } });
    const [a, b] = [call('a'), call('b'), call('c')];
    subject.setLimit(2); // Admits b, which goes on in a microtask.
    const cancelled = b.cancel();
    await clock.advance(0);
    expect(await cancelled).toBe('b is no longer wanted');
    expect(inside).toEqual(['a', 'c']);
    expect(subject.state).toEqual({ active: 2, waiting: 0, limit: 2 });
    await a.succeed();
  });

  test('is left at once when a timeout further out stops the call', async () => {
    const { clock, subject, inside, call } = room({ queue: { size: 9 } }, [timeout(100)]);
    call('slow');
    await clock.advance(50);
    const waiting = call('waiting');
    await clock.advance(49);
    expect(subject.state.waiting).toBe(1);
    await clock.advance(1); // Stops `slow`, and so lets `waiting` in.
    expect(inside).toEqual(['waiting']);
    const late = call('late');
    await clock.advance(50);
    expect(await waiting.ended).toSatisfy((error) => timeoutFaults.TIMED_OUT.matches(error));
    expect(inside).toEqual(['late']);
    await late.succeed();
    expect(subject.state).toEqual({ active: 0, waiting: 0, limit: 1 });
  });
});

describe('controlled delay', () => {
  const queue = { size: 99, codel: {} };

  test('lets a burst through, however long it waits within the interval', async () => {
    const { clock, inside, call } = room({ queue });
    const calls = Array.from({ length: 10 }, (_, i) => call(String(i)));
    for (const [i, one] of calls.entries()) {
      await clock.advance(9);
      expect(inside).toEqual([String(i)]);
      expect(await one.succeed()).toBe(String(i));
    }
  });

  test('dissolves a queue that stands for longer than the interval: who waited longer than the target is refused', async () => {
    const { clock, inside, refused, call } = room({ queue });
    const first = call('first');
    const old = Array.from({ length: 5 }, (_, i) => call(`old ${i}`));
    await clock.advance(98);
    const fresh = call('fresh');
    await clock.advance(2);
    await first.succeed();
    for (const one of old) expect(await one.ended).toMatchObject({ context: { reason: 'codel' } });
    expect(refused.length).toBe(5);
    expect(inside).toEqual(['fresh']);
    await fresh.succeed();
  });

  test('never refuses the last one waiting: a place would stay empty', async () => {
    const { clock, inside, call } = room({ queue });
    const first = call('first');
    const last = call('last');
    await clock.advance(60_000);
    await first.succeed();
    expect(inside).toEqual(['last']);
    expect(await last.succeed()).toBe('last');
  });

  test('refuses the least priority first', async () => {
    const { clock, inside, refused, call } = room({ queue });
    const first = call('first');
    const fresh = [call('new'), call('also new')];
    const running = call('running', { priority: 1 });
    await clock.advance(200);
    await first.succeed();
    for (const one of fresh) expect(await one.ended).toSatisfy((error) => error instanceof Error);
    expect(refused).toEqual(['codel', 'codel']);
    expect(inside).toEqual(['running']);
    await running.succeed();
  });

  test('keeps waits short under an overload that lasts, with the place always taken', async () => {
    // Two calls come in the time that one takes.
    const overload = async (codel: object | undefined) => {
      const clock = new SimulatedClock();
      const subject = bulkhead({ name: 'llm', limit: 1, queue: { size: 99, ...(codel && { codel }) } });
      const policies = pipeline({ clock }, subject);
      const waitsMs: number[] = [];
      for (let i = 0; i < 2000; i++) {
        const sinceMs = clock.monotonicMs();
        const work = () => {
          waitsMs.push(clock.monotonicMs() - sinceMs);
          return clock.sleep(10);
        };
        policies.run(work).catch(() => undefined);
        await clock.advance(5);
      }
      waitsMs.sort((a, b) => a - b);
      return { served: waitsMs.length, median: waitsMs[waitsMs.length >> 1], longest: waitsMs.at(-1) };
    };
    expect(await overload({})).toEqual({ served: 1001, median: 25, longest: 50 });
    expect(await overload(undefined)).toEqual({ served: 1001, median: 990, longest: 990 });
  });
});
