import { describe, expect, test } from 'vitest';
import { Signals } from '../../signals/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import {
  breaker,
  fallback,
  keyLock,
  lock,
  lockWaiting,
  type Policy,
  pipeline,
  retry,
  timeout,
} from '../index.ts';

const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** A lock on simulated time, and a pipeline with it. */
function workshop(options: { readonly maxWaitMs?: number } = {}) {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const keys = keyLock({ clock });
  const policy = lock({ lock: keys, ...options });
  const make = (...policies: Policy<string, unknown>[]) =>
    pipeline({ clock, signals, name: 'sessions' }, ...policies);
  return { clock, signals, keys, policy, make, policies: make(policy) };
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
    expect(keys.holder('a')?.waiting).toBe(0);
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
    await keys.acquire('a');
    const run = make(timeout(50), policy).run(() => 'never', { key: 'a' });
    await expect(clock.run(run)).rejects.toMatchObject({ code: 'TIMED_OUT' });
    expect(keys.holder('a')?.waiting).toBe(0);
  });

  test('refuses after maxWaitMs, which a retry tries again and a fallback replaces', async () => {
    const { clock, keys, policy, make } = workshop({ maxWaitMs: 100 });
    const release = await keys.acquire('a');
    expect(await clock.run(caught(make(policy).run(() => 'never', { key: 'a' })))).toMatchObject({
      code: 'LOCK_TIMED_OUT',
      context: { key: 'a', heldMs: 100 },
    });
    expect(await clock.run(make(fallback('busy'), policy).run(() => 'never', { key: 'a' }))).toBe('busy');
    clock.schedule(150, release);
    const again = make(retry({ backoff: () => 10 }), policy).run(() => 'got it', { key: 'a' });
    expect(await clock.run(again)).toBe('got it');
    expect(keys.size).toBe(0);
    expect(clock.waitingTimers).toBe(0);
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

  test('tells when a call waits, and for whom', async () => {
    const { clock, signals, keys, policies } = workshop();
    const heard: unknown[] = [];
    signals.on(lockWaiting, ({ source, data }) => heard.push({ source, ...data }));
    const release = await keys.acquire('a');
    await clock.advance(30);
    const run = policies.run(() => 'done', { key: 'a' });
    release();
    expect(await run).toBe('done');
    expect(heard).toEqual([
      { source: 'sessions', lock: 'lock', key: 'a', holder: undefined, heldMs: 30, waiting: 0 },
    ]);
  });

  test('is refused without a KeyLock, or with a wait that is no time', () => {
    expect(() => lock({} as never)).toThrow('lock.run of a lock must be a function; got object');
    expect(() => lock({ lock: keyLock(), maxWaitMs: -1 })).toThrow(
      'maxWaitMs of a lock must be a number of 0 or more; got -1',
    );
  });
});
