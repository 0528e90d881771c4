import type { Fault } from '@sustain/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkParameters, defaultParameters } from './parameters.ts';

describe('parameters', () => {
  test.each([
    ['a key that is none', { key: 'H' }, 'key'],
    ['a mode that is none', { mode: 'jazz' }, 'mode'],
    ['a tempo of NaN', { tempoBpm: Number.NaN }, 'tempoBpm'],
    ['an infinite tempo', { tempoBpm: Number.POSITIVE_INFINITY }, 'tempoBpm'],
    ['a tempo as text', { tempoBpm: '70' }, 'tempoBpm'],
    ['an intensity out of range', { intensity: 1.01 }, 'intensity'],
    ['an unknown parameter', { volume: 1 }, 'volume'],
    ['a name from the prototype', { toString: 1 }, 'toString'],
    ['nothing', undefined, 'parameters'],
    ['a list', ['C'], 'parameters'],
  ])('%s is refused, naming the field, what was got and what is allowed', (_what, value, field) => {
    try {
      checkParameters(value);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        code: 'INVALID_PARAMETERS',
        message: expect.stringMatching(/must be .*; got /),
      });
      expect((error as Fault<string, { problems: { field: string }[] }>).context.problems[0]?.field).toBe(
        field,
      );
    }
  });

  test('every problem is told at once', () => {
    expect(() => checkParameters({ key: 'H', mode: 'x' })).toThrow(/key must be .*mode must be /);
  });

  test('what is right is answered, what is left out stays left out', () => {
    expect(checkParameters({})).toEqual({});
    expect(checkParameters({ key: 'A#', intensity: 0 })).toEqual({ key: 'A#', intensity: 0 });
    expect(checkParameters(defaultParameters)).toEqual(defaultParameters);
  });

  test('a name from JSON that would change a prototype is refused', () => {
    expect(() => checkParameters(JSON.parse('{"__proto__":{"key":"C"}}'))).toThrow(/got/);
  });

  test('whatever comes is either right or refused with a fault of bounded size', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        try {
          checkParameters(value);
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_PARAMETERS' });
          expect((error as Error).message.length).toBeLessThan(3000);
        }
      }),
    );
  });
});
