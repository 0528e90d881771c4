import { describe, expect, test, vi } from 'vitest';
import { Signals } from '../../signals/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import { fallback } from '../fallback/index.ts';
import { changes, pipeline } from '../pipeline/index.ts';
import { retry } from '../retry/index.ts';
import { timeout } from '../timeout/index.ts';
import { bulkheadFaults } from './bulkhead-faults.ts';
import { type BulkheadOptions, bulkhead } from './index.ts';
import { room } from './room.fixture.ts';

const isFull = (error: unknown) => bulkheadFaults.BULKHEAD_FULL.matches(error);

describe('a bulkhead', () => {
  test('lets in as many as its limit, and refuses the others at once', async () => {
    const { subject, inside, refused, call } = room({ limit: 2 });
    const calls = ['a', 'b', 'c'].map((name) => call(name));
    expect(inside).toEqual(['a', 'b']);
    expect(subject.state).toEqual({ active: 2, waiting: 0, limit: 2 });
    expect(await calls[2]?.ended).toMatchObject({
      code: 'BULKHEAD_FULL',
      retryable: true,
      context: { bulkhead: 'llm', reason: 'full' },
      message: 'no room in the bulkhead llm: full',
    });
    expect(refused).toEqual(['full']);
    for (const one of calls) await one.succeed();
    expect(subject.state.active).toBe(0);
  });

  test.each(['succeed', 'fail', 'cancel'] as const)('gets the place back of calls that %s', async (end) => {
    const { subject, inside, call } = room();
    await call('a')[end]();
    expect(subject.state.active).toBe(0);
    const next = call('b');
    expect(inside).toEqual(['b']);
    expect(await next.succeed()).toBe('b');
  });

  test('gets the place back of work that throws at once, and of a call whose retries are at an end', async () => {
    const clock = new SimulatedClock();
    const subject = bulkhead({ name: 'llm', limit: 1 });
    const seen: number[] = [];
    const policies = pipeline({ clock }, retry({ maxAttempts: 3, backoff: () => 100 }), subject);
    const run = policies.run(() => {
      seen.push(subject.state.active);
      throw new Error('broken');
    });
    await clock.advance(50);
    expect(subject.state.active).toBe(0); // No place is kept between attempts.
    await expect(clock.run(run)).rejects.toThrow('broken');
    expect(seen).toEqual([1, 1, 1]);
    expect(subject.state.active).toBe(0);
  });

  test('is shared by the pipelines that it is used in', async () => {
    const clock = new SimulatedClock();
    const subject = bulkhead({ name: 'llm', limit: 1, queue: { size: 1 } });
    const [one, other] = [pipeline({ clock }, subject), pipeline({ clock }, timeout(1000), subject)];
    const first = one.run(() => clock.sleep(100));
    const second = other.run(() => clock.monotonicMs());
    expect(subject.state).toEqual({ active: 1, waiting: 1, limit: 1 });
    expect(await clock.run(second)).toBe(100);
    await first;
  });

  test('refuses straight into a fallback value: no error is made', async () => {
    const made = vi.spyOn(Error, 'captureStackTrace');
    const subject = bulkhead({ name: 'llm', limit: 1 });
    const policies = pipeline(fallback('instead'), subject);
    const never = policies.run(() => new Promise<string>(() => undefined));
    expect(await policies.run(() => 'answer')).toBe('instead');
    expect(made).not.toHaveBeenCalled();
    expect(never).toBeInstanceOf(Promise);
  });

  test('lets calls pass without its hooks while nobody waits', async () => {
    const { call } = room({ limit: 2, queue: { size: 1 } });
    const before = changes.count;
    const calls = [call('a'), call('b')];
    for (const one of calls) await one.succeed();
    expect(changes.count).toBe(before);
    const held = [call('a'), call('b'), call('c')];
    expect(changes.count).toBe(before + 1);
    for (const one of held) await one.succeed();
  });

  test('takes another limit while it works (opossum#450, opossum#550)', async () => {
    const { clock, subject, inside, call } = room({ limit: 1, queue: { size: 9 } });
    const calls = ['a', 'b', 'c', 'd'].map((name) => call(name));
    subject.setLimit(3);
    await clock.advance(0);
    expect(inside).toEqual(['a', 'b', 'c']);
    subject.setLimit(1);
    await calls[0]?.succeed();
    await calls[1]?.succeed();
    expect(inside).toEqual(['c']);
    expect(subject.state).toEqual({ active: 1, waiting: 1, limit: 1 });
    await calls[2]?.succeed();
    expect(inside).toEqual(['d']);
    expect(() => subject.setLimit(0)).toThrow(
      'limit of the bulkhead llm must be a whole number of 1 or more; got 0',
    );
  });

  test.each<[Partial<BulkheadOptions>, string]>([
    [{ name: '' }, 'name of the bulkhead must be a text that is not empty; got '],
    [{ limit: 0 }, 'limit of the bulkhead llm must be a whole number of 1 or more; got 0'],
    [{ limit: 1.5 }, 'got 1.5'],
    [{ limit: '2' as never }, 'got 2'],
    [{ queue: { size: -1 } }, 'size of the bulkhead llm must be a whole number of 0 or more; got -1'],
    [{ queue: { size: 1, codel: { targetMs: 0 } } }, 'targetMs of the bulkhead llm must be a number above 0'],
    [{ queue: { size: 1, codel: { intervalMs: Number.NaN } } }, 'intervalMs of the bulkhead llm'],
  ])('refuses options out of range: %o', (options, message) => {
    expect(() => bulkhead({ name: 'llm', limit: 1, ...options })).toThrow(message);
  });

  test('tells nobody of refusals when nobody listens', async () => {
    const clock = new SimulatedClock();
    const told = vi.spyOn(clock, 'wallMs');
    const policies = pipeline({ signals: new Signals({ clock }) }, bulkhead({ name: 'llm', limit: 1 }));
    const first = policies.run(() => new Promise(() => undefined));
    await expect(policies.run(() => 1)).rejects.toSatisfy(isFull);
    expect(told).not.toHaveBeenCalled();
    expect(first).toBeInstanceOf(Promise);
  });
});
