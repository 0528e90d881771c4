import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { SimulatedClock } from '../time/index.ts';
import { bulkhead } from './bulkhead/index.ts';
import { pipeline } from './pipeline/index.ts';
import { rateLimit, tokenBucket } from './rate-limit/index.ts';

test.each([
  bulkhead({ name: 'room', limit: 1, queue: { size: 6 } }),
  rateLimit({ name: 'rate', quota: tokenBucket({ tokensPerSecond: 10, burst: 1 }), maxWaitMs: 600 }),
])(
  'cockatiel#69, cockatiel#81: those who wait leave no listener on their signal, however they end',
  async (policy) => {
    const clock = new SimulatedClock();
    const policies = pipeline({ clock }, policy);
    const caller = new AbortController();
    const { signal } = caller;
    const [one, many] = [10, 50].map((calls) =>
      Array.from({ length: calls }, () => policies.run(() => clock.sleep(100), { signal })),
    );
    expect(getEventListeners(signal, 'abort').length).toBe(1);
    const all = Promise.allSettled([...(one ?? []), ...(many ?? [])]);
    await clock.advance(550);
    expect(getEventListeners(signal, 'abort').length).toBe(1);
    await clock.run(all); // Some were let in, the others refused.
    expect(new Set((await all).map(({ status }) => status)).size).toBe(2);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    const aborted = [1, 2, 3].map(() => policies.run(() => clock.sleep(100), { signal }));
    caller.abort('enough');
    await clock.run(Promise.allSettled(aborted));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(clock.waitingTimers).toBe(0);
  },
);
