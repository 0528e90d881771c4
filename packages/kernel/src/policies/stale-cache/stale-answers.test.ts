import { describe, expect, expectTypeOf, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import { type Attempt, pipeline, retry, staleCache, staleServed } from '../index.ts';
import { caught, workshop } from './weather.fixture.ts';

describe('a stale answer', () => {
  test('stands in for a failure until it is too old for that', async () => {
    const { clock, ask, failing } = workshop({ staleIfErrorMs: 50 });
    await ask();
    failing.error = new Error('down');
    await clock.advance(139);
    expect(await ask()).toBe('answer 1');
    await clock.advance(1);
    expect(await caught(ask())).toBe(failing.error);
  });

  test('is judged by its age when the work has failed, not when it began', async () => {
    const { clock, ask, failing } = workshop({ staleIfErrorMs: 50 });
    await ask();
    failing.error = new Error('down');
    await clock.advance(140);
    expect(await caught(ask())).toBe(failing.error);
  });

  test('is given while a new one is fetched in the background, once', async () => {
    const { clock, ask, attempts } = workshop({ staleWhileRevalidateMs: 50 });
    await ask();
    await clock.advance(100);
    expect(await ask()).toBe('answer 1');
    expect(await ask()).toBe('answer 1');
    expect(attempts).toHaveLength(2);
    await clock.advance(10);
    expect(await ask()).toBe('answer 2');
    await clock.advance(150);
    expect(await ask()).toBe('answer 3');
  });

  test('is not cancelled in the background by who found it stale', async () => {
    const { clock, attempts, policies, work, ask } = workshop({ staleWhileRevalidateMs: 50 });
    await ask();
    await clock.advance(100);
    const controller = new AbortController();
    const { signal } = controller;
    expect(await policies.run(work, { key: 'berlin', signal, deadlineMs: 111 })).toBe('answer 1');
    controller.abort();
    await clock.advance(10);
    expect(attempts[1]?.signal.aborted).toBe(false);
    expect(await ask()).toBe('answer 2');
  });

  test('is renewed in the background also when one who joined that late leaves again', async () => {
    const { clock, attempts, policies, work, ask } = workshop({ staleWhileRevalidateMs: 50 });
    await ask();
    await clock.advance(149);
    expect(await ask()).toBe('answer 1');
    await clock.advance(1);
    const controller = new AbortController();
    const run = caught(policies.run(work, { key: 'berlin', signal: controller.signal }));
    controller.abort('gone');
    expect(await run).toBe('gone');
    expect(attempts[1]?.signal.aborted).toBe(false);
    await clock.advance(10);
    expect(await ask()).toBe('answer 2');
  });

  test('is marked for the caller when it wants that', async () => {
    const clock = new SimulatedClock();
    const cache = staleCache({
      name: 'weather',
      freshMs: 100,
      staleIfErrorMs: 100,
      asStale: (text: string, { ageMs, error }) => ({ text, ageMs, error }),
    });
    const policies = pipeline({ clock }, cache);
    expect(await policies.run(() => 'sunny', { key: 'berlin' })).toBe('sunny');
    await clock.advance(150);
    const error = new Error('down');
    const answer = await policies.run(() => Promise.reject<string>(error), { key: 'berlin' });
    expect(answer).toEqual({ text: 'sunny', ageMs: 150, error });
    expectTypeOf(answer).toEqualTypeOf<string | { text: string; ageMs: number; error: unknown }>();
  });

  test('is told by a signal, with its age and why', async () => {
    const { clock, signals, failing, ask } = workshop({ staleWhileRevalidateMs: 50, staleIfErrorMs: 200 });
    const heard: unknown[] = [];
    signals.on(staleServed, ({ source, data }) => heard.push({ source, ...data }));
    await ask();
    failing.error = new Error('down');
    await clock.advance(120);
    await ask();
    await clock.advance(70);
    await ask();
    const facts = { source: 'weather', key: 'berlin' };
    expect(heard).toEqual([
      { ...facts, ageMs: 120 },
      { ...facts, ageMs: 200, error: failing.error },
    ]);
  });

  test('does not stand in after output was delivered', async () => {
    const { clock, policies, ask } = workshop({ staleIfErrorMs: 100 });
    await ask();
    await clock.advance(150);
    const broken = new Error('broke off');
    const work = (attempt: Attempt) => {
      attempt.progress('output');
      throw broken;
    };
    expect(await caught(policies.run(work, { key: 'berlin' }))).toBe(broken);
  });

  test('does not stand in for a run that was cancelled, whoever says so', async () => {
    const { clock, policies, work, ask } = workshop({ staleIfErrorMs: 100 });
    await ask();
    await clock.advance(120);
    const controller = new AbortController();
    const run = caught(policies.run(work, { key: 'berlin', signal: controller.signal }));
    controller.abort('hung up');
    expect(await clock.run(run)).toBe('hung up');
    const aborted = new DOMException('aborted', 'AbortError');
    expect(await caught(policies.run(() => Promise.reject(aborted), { key: 'berlin' }))).toBe(aborted);
  });

  test('is found only after the retries inside, and ends those outside', async () => {
    const clock = new SimulatedClock();
    const cache = staleCache({ name: 'weather', freshMs: 100, staleIfErrorMs: 1000 });
    const again = retry({ maxAttempts: 2, backoff: () => 0 });
    let calls = 0;
    const down = () => {
      calls++;
      throw new Error('down');
    };
    const fill = pipeline({ clock }, cache);
    await fill.run(() => 'kept', { key: 'a' });
    await clock.advance(150);
    expect(await pipeline({ clock }, cache, again).run(down, { key: 'a' })).toBe('kept');
    expect(calls).toBe(2);
    expect(await pipeline({ clock }, again, cache).run(down, { key: 'a' })).toBe('kept');
    expect(calls).toBe(3);
  });
});
