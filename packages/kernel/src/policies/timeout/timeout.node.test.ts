import { afterEach, describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import { fallback, pipeline, timeout } from '../index.ts';

describe('an abandoning timeout', () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown) => unhandled.push(error);
  afterEach(() => process.off('unhandledRejection', onUnhandled));

  test('answers at once and drops what comes late, result or error', async () => {
    process.on('unhandledRejection', onUnhandled);
    const clock = new SimulatedClock();
    const policies = pipeline({ clock }, fallback('instead'), timeout(100));
    const late = policies.run(() => clock.sleep(250).then(() => 'late'));
    const failing = policies.run(() => clock.sleep(250).then(() => Promise.reject(new Error('late'))));
    expect(await clock.run(Promise.all([late, failing]))).toEqual(['instead', 'instead']);
    expect(clock.monotonicMs()).toBe(100);
    await clock.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  });
});
