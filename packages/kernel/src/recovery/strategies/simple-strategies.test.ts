import { describe, expect, test } from 'vitest';
import { kernelFaults } from '../../faults/index.ts';
import {
  cacheFallback,
  defaultFallback,
  disableFeature,
  type EscalateOptions,
  escalate,
  restart,
} from './index.ts';

const fault = kernelFaults.TIMEOUT({ error: 'slow', errorName: 'Error' });
const { signal } = new AbortController();
const here = { component: 'llm', prompt: 'hello' };

describe('cache_fallback', () => {
  test('answers what is cached for the context: success, fallback used', async () => {
    const strategy = cacheFallback({ lookUp: async ({ prompt }) => `you said ${prompt}` });
    expect(await strategy.recover(fault, here, { signal })).toEqual({
      success: true,
      fallbackUsed: true,
      message: 'Using cached response',
      output: 'you said hello',
    });
    expect(strategy).toMatchObject({ name: 'cache_fallback', shared: false });
  });

  test.each([undefined, null, ''])('with %j cached has no success and no fallback', async (nothing) => {
    expect(await cacheFallback({ lookUp: () => nothing }).recover(fault, here, { signal })).toMatchObject({
      success: false,
      fallbackUsed: false,
      message: 'No cached response available',
    });
  });

  test.each([0, false])('takes %j for a response', async (cached) => {
    const result = await cacheFallback({ lookUp: () => cached }).recover(fault, here, { signal });
    expect(result).toMatchObject({ success: true, output: cached });
  });
});

describe('disable_feature', () => {
  const off: [string, string][] = [];
  const features = { disable: (feature: string, reason: string) => off.push([feature, reason]) };

  test.each([
    [{}, { component: 'vision' }, 'vision'],
    [{ feature: 'faces' }, { component: 'vision' }, 'faces'],
  ])(
    'with %j in %j switches %s off, with the kind of fault as the reason',
    async (options, context, feature) => {
      off.length = 0;
      const strategy = disableFeature({ features, ...options });
      expect(await strategy.recover(fault, context, { signal })).toMatchObject({
        success: true,
        fallbackUsed: true,
        message: `Disabled ${feature}`,
      });
      expect(off).toEqual([[feature, 'kernel.TIMEOUT']]);
    },
  );
});

test('default_fallback goes on with the default, made for the one who asked', async () => {
  const strategy = defaultFallback({ answer: async (met, { component }) => `${component}: ${met.code}` });
  expect(await strategy.recover(fault, here, { signal })).toEqual({
    success: true,
    fallbackUsed: true,
    message: 'Using the default',
    output: 'llm: TIMEOUT',
  });
  expect(strategy.shared).toBe(false);
});

test.each([
  [true, { success: true, fallbackUsed: false, message: 'Restarted llm' }],
  [false, { success: false, fallbackUsed: false, message: 'Nobody restarts llm' }],
])('restart asks for the component of the context; answered %j it has %o', async (accepted, expected) => {
  const asked: unknown[] = [];
  const strategy = restart({
    restart: async (...args) => {
      asked.push(args);
      return accepted;
    },
  });
  expect(await strategy.recover(fault, here, { signal })).toMatchObject(expected);
  expect(asked).toEqual([['llm', fault, signal]]);
});

describe('escalate', () => {
  test.each([
    ['a handler above that recovers', true, true],
    ['a handler above that does not', false, false],
    ['a person, who knows now', undefined, false],
  ])('hands over to %s', async (name, answer, success) => {
    const taken: unknown[] = [];
    const take = async (...args: unknown[]) => {
      taken.push(args);
      return answer;
    };
    const result = await escalate({ target: name, take }).recover(fault, here, { signal });
    expect(result).toMatchObject({ success, fallbackUsed: false, message: `Escalated to ${name}` });
    expect(taken).toEqual([[fault, here, signal]]);
  });

  test.each([undefined, ''])('names its target, or is refused: %j', (target) => {
    expect(() => escalate({ target, take: () => true } as EscalateOptions)).toThrow(
      `target of escalate must be a text that is not empty; got ${target}`,
    );
  });
});

test('a strategy may have another name, and a time of its own', () => {
  const options = { name: 'device_fallback.output', timeoutMs: 50 };
  expect(restart({ restart: () => true, ...options })).toMatchObject(options);
});
