import { describe, expect, test } from 'vitest';
import { Fault } from '../../faults/index.ts';
import { Signals } from '../../signals/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import {
  breaker,
  fallback,
  fallbackUsed,
  isolate,
  pipeline,
  retry,
  timeout,
  timeoutFaults,
} from '../index.ts';

const broken = new Error('broken');
const breaks = () => Promise.reject(broken);

describe('a fallback', () => {
  test('answers a value in place of what failed, and nothing in place of what did not', async () => {
    const policies = pipeline(fallback('silence'));
    expect(await policies.run(breaks)).toBe('silence');
    expect(await policies.run(() => 'music')).toBe('music');
    expect(await pipeline(fallback(undefined)).run(breaks)).toBeUndefined();
  });

  test('answers what a function makes of the error and the attempts', async () => {
    const policies = pipeline(
      fallback((error, attempt) => ({ error, attempts: attempt.number })),
      retry({ backoff: () => 0 }),
    );
    expect(await policies.run(breaks)).toEqual({ error: broken, attempts: 3 });
  });

  test('does not stand in for work that somebody no longer wanted, unless it is asked to', async () => {
    const unwanted = new DOMException('enough', 'AbortError');
    const aborts = () => Promise.reject(unwanted);
    await expect(pipeline(fallback('silence')).run(aborts)).rejects.toBe(unwanted);
    expect(await pipeline(fallback('silence', { when: () => true })).run(aborts)).toBe('silence');
  });

  test('that fails too ends the run with its own error, unless one further out answers', async () => {
    const fails = fallback(() => Promise.reject(new Error('cache is empty')));
    await expect(pipeline(fails).run(breaks)).rejects.toThrow('cache is empty');
    expect(await pipeline(fallback('text only'), fails).run(breaks)).toBe('text only');
  });

  test('stands in only for what it is meant for', async () => {
    const onTimeout = fallback('slow', { when: (error) => timeoutFaults.TIMED_OUT.matches(error) });
    const clock = new SimulatedClock();
    const policies = pipeline({ clock }, onTimeout, timeout(10));
    expect(await clock.run(policies.run(() => clock.sleep(20)))).toBe('slow');
    await expect(policies.run(breaks)).rejects.toBe(broken);
  });

  test('can be stopped by a timeout outside of it', async () => {
    const clock = new SimulatedClock();
    const policies = pipeline(
      { clock },
      timeout(50),
      fallback(() => clock.sleep(500)),
    );
    await expect(clock.run(policies.run(breaks))).rejects.toThrow('no answer within 50 ms');
    expect(clock.monotonicMs()).toBe(50);
  });

  test('tells that it is used, and what for', async () => {
    const signals = new Signals();
    const heard: unknown[] = [];
    signals.on(fallbackUsed, ({ source, data }) => heard.push({ source, data }));
    await pipeline({ name: 'llm', signals }, fallback('cached')).run(breaks);
    expect(heard).toEqual([{ source: 'llm', data: { error: broken } }]);
  });
});

describe('an open circuit behind a fallback', () => {
  const policies = () => {
    const open = breaker({ name: 'llm' });
    isolate(open);
    return [retry(), open, timeout(100)] as const;
  };

  test('is answered without an error being made', async () => {
    const errors = countErrors();
    const answer = pipeline(fallback('cached'), ...policies()).run(() => 'fresh');
    expect(errors.stop()).toBe(0);
    expect(await answer).toBe('cached');
  });

  test('is shown to a function as the fault that it is', async () => {
    const answer = await pipeline(
      fallback((error) => error),
      ...policies(),
    ).run(() => 'fresh');
    expect(answer).toBeInstanceOf(Fault);
    expect(answer).toMatchObject({ code: 'CIRCUIT_OPEN', context: { breaker: 'llm', retryAfterMs: null } });
  });
});

/** Counts the errors that are made in the meantime: each captures a stack, if only of no frames. */
function countErrors(): { stop(): number } {
  let count = 0;
  const before = Error.stackTraceLimit;
  Object.defineProperty(Error, 'stackTraceLimit', {
    configurable: true,
    get: () => {
      count++;
      return before;
    },
    set: () => {
      count++;
    },
  });
  return {
    stop: () => {
      Object.defineProperty(Error, 'stackTraceLimit', { value: before, configurable: true, writable: true });
      return count;
    },
  };
}

test('a condition that is no function is refused', () => {
  expect(() => fallback(1, { when: true as never })).toThrow(
    'when of the fallback must be a function; got true',
  );
});
