import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import { breaker, bulkhead, keyLock, lock, type Policy, pipeline, retry, timeout } from '../index.ts';

const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** A lock, and a pipeline with it on simulated time. */
function workshop() {
  const clock = new SimulatedClock();
  const keys = keyLock();
  const policy = lock(keys);
  const make = (...policies: Policy<string, unknown>[]) => pipeline({ clock, name: 'sessions' }, ...policies);
  return { clock, keys, policy, make, policies: make(policy) };
}

describe('a lock in a pipeline', () => {
  test('runs one call a key at a time, and those of other keys meanwhile', async () => {
    const { clock, policies } = workshop();
    const events: string[] = [];
    const call = (key: string, name: string) =>
      policies.run(
        async () => {
          events.push(`${name} begins`);
          await clock.sleep(10);
          events.push(`${name} ends`);
        },
        { key },
      );
    await clock.run(Promise.all([call('a', 'a1'), call('a', 'a2'), call('b', 'b1')]));
    expect(events).toEqual(['a1 begins', 'b1 begins', 'a1 ends', 'b1 ends', 'a2 begins', 'a2 ends']);
  });

  test('lets calls without a key pass', async () => {
    const { keys, policies } = workshop();
    expect(await policies.run(() => keys.size)).toBe(0);
    expect(await policies.run(() => keys.size, { key: 'a' })).toBe(1);
    expect(keys.size).toBe(0);
  });

  test('is released by failures and by work that throws at once', async () => {
    const { keys, policies } = workshop();
    const broken = new Error('broken');
    const throws = () => {
      throw broken;
    };
    await expect(policies.run(throws, { key: 'a' })).rejects.toBe(broken);
    await expect(policies.run(() => Promise.reject(broken), { key: 'a' })).rejects.toBe(broken);
    expect(keys.size).toBe(0);
  });

  test('is released when a predicate of another policy throws', async () => {
    const { keys, policy, make } = workshop();
    const broken = new Error('predicate');
    const isFailure = () => {
      throw broken;
    };
    const throwing = retry({ retryOn: isFailure });
    const run = make(policy, throwing).run(() => Promise.reject(new Error('work')), { key: 'a' });
    await expect(run).rejects.toBe(broken);
    expect(keys.size).toBe(0);
  });

  test('lets a caller leave while it waits, counted as cancelled, not as failed', async () => {
    const { clock, keys, policy, make } = workshop();
    const guard = breaker({ name: 'sessions', consecutive: 1, clock });
    const policies = make(guard, policy);
    const release = await keys.acquire('a');
    const controller = new AbortController();
    const run = caught(policies.run(() => 'never', { key: 'a', signal: controller.signal }));
    controller.abort('hung up');
    expect(await run).toBe('hung up');
    release();
    expect(await policies.run(() => 'not refused', { key: 'a' })).toBe('not refused');
    expect(keys.size).toBe(0);
  });

  test('releases a key that it got in the moment when the caller left', async () => {
    const { keys, policies } = workshop();
    const release = await keys.acquire('a');
    const controller = new AbortController();
    const run = caught(policies.run(() => 'never', { key: 'a', signal: controller.signal }));
    release();
    controller.abort('hung up');
    expect(await run).toBe('hung up');
    expect(keys.size).toBe(0);
  });

  test('is stopped by a timeout outside of it while it waits', async () => {
    const { clock, keys, policy, make } = workshop();
    const release = await keys.acquire('a');
    const run = make(timeout(50), policy).run(() => 'never', { key: 'a' });
    await expect(clock.run(run)).rejects.toMatchObject({ code: 'TIMED_OUT' });
    release();
    expect(keys.size).toBe(0);
  });

  test('is held over the attempts of a retry inside of it, and taken anew by one outside', async () => {
    const { clock, keys, policy, make } = workshop();
    const flaky = retry({ backoff: () => 10, maxAttempts: 2 });
    const heldBetween = async (...policies: Policy<string, unknown>[]) => {
      const run = caught(make(...policies).run(() => Promise.reject(new Error('flaky')), { key: 'a' }));
      await clock.advance(5);
      const { size } = keys;
      await clock.run(run);
      return size;
    };
    expect(await heldBetween(policy, flaky)).toBe(1);
    expect(await heldBetween(flaky, policy)).toBe(0);
    expect(keys.size).toBe(0);
  });

  test('serves who waits by the priority of the run', async () => {
    const { clock, keys, policies } = workshop();
    const order: string[] = [];
    const release = await keys.acquire('a');
    const runs = [
      policies.run(() => order.push('new'), { key: 'a' }),
      policies.run(() => order.push('running'), { key: 'a', priority: 1 }),
    ];
    release();
    await clock.run(Promise.all(runs));
    expect(order).toEqual(['running', 'new']);
  });

  test('hands the options of the run on: a bulkhead inside of it goes by the priority', async () => {
    const { clock, policy, make } = workshop();
    const policies = make(policy, bulkhead({ name: 'llm', limit: 1, queue: { size: 9 } }));
    const order: string[] = [];
    const call = (key: string, priority: number) =>
      policies.run(
        () => {
          order.push(key);
          return clock.sleep(10);
        },
        { key, priority },
      );
    await clock.run(Promise.all([call('first', 0), call('new', 0), call('running', 1)]));
    expect(order).toEqual(['first', 'running', 'new']);
  });

  test('has keys of its own unless it is given some', async () => {
    const { clock } = workshop();
    const policies = pipeline({ clock }, lock());
    const order: string[] = [];
    const call = (name: string) =>
      policies.run(() => clock.sleep(10).then(() => order.push(`${name} at ${clock.monotonicMs()}`)), {
        key: 'a',
      });
    await clock.run(Promise.all([call('one'), call('other')]));
    expect(order).toEqual(['one at 10', 'other at 20']);
  });

  test('is refused with what is no KeyLock', () => {
    expect(() => lock({} as never)).toThrow('enter of the lock must be a function; got null');
  });
});
