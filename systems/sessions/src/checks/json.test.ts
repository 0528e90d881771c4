import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sessionFaults } from '../faults.ts';
import { checkJson, checkJsonObject, MAX_DEPTH, roughLength } from './index.ts';

const LIMIT = 10_000;

it('whatever is given: a frozen copy, equal as JSON, and no larger than said; or a fault that names the field', () => {
  const anything = fc.anything({
    ...{ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true },
    ...{ withNullPrototype: true, withObjectString: true, withSparseArray: true, withBoxedValues: true },
    key: fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'prototype', 'toJSON')),
  });
  fc.assert(
    fc.property(anything, (given) => {
      const keysBefore = Reflect.ownKeys(Object.prototype);
      try {
        const { value, sizeBytes } = checkJson('test', 'field', given, LIMIT);
        const json = JSON.stringify(value);
        expect(value).toEqual(JSON.parse(json));
        expect(sizeBytes).toBeGreaterThanOrEqual(Buffer.byteLength(json));
        expectFrozen(value);
      } catch (error) {
        if (!sessionFaults.SESSION_REQUEST_INVALID.matches(error)) throw error;
        expect(error.context.field).toMatch(/^field/);
      }
      expect(Reflect.ownKeys(Object.prototype)).toEqual(keysBefore);
    }),
    { numRuns: 500 },
  );
});

it('JSON’s own values are all taken, as they are', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false, maxDepth: 5 }), (given) => {
      const wanted = JSON.parse(JSON.stringify(given));
      fc.pre(!JSON.stringify(given).includes('__proto__'));
      expect(checkJson('test', 'field', given, 1_000_000).value).toEqual(wanted);
    }),
  );
});

it('how long a value is as JSON is known about, without making it', () => {
  const text = fc.string({ unit: fc.constantFrom(...'abc é漢') });
  const values = fc.array(fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null))));
  fc.assert(
    fc.property(values, (value) => {
      const { length } = JSON.stringify(value);
      expect(roughLength(value)).toBeGreaterThanOrEqual(length / 3);
      expect(roughLength(value)).toBeLessThanOrEqual(3 * length);
    }),
  );
});

it.each([
  ['a getter that throws', Object.defineProperty({}, 'a', { enumerable: true, get: () => raise() })],
  ['a proxy that throws', new Proxy({}, { ownKeys: raise })],
  ['a proxy whose prototype throws', new Proxy({}, { getPrototypeOf: raise })],
  ['a revoked proxy', revoked()],
  ['what contains itself', circle()],
  ['what stands too deep', deep(MAX_DEPTH + 1)],
])('%s is refused', (_, given) => {
  expect(() => checkJsonObject('test', 'field', given, LIMIT)).toThrow(sessionFaults.SESSION_REQUEST_INVALID);
});

it('what is too large is found before all of it is copied', () => {
  const wide: unknown[] = [];
  for (let n = 0; n < 64; n++) wide[0] = [wide[0], wide[0]];
  const sparse: unknown[] = [];
  sparse.length = 2 ** 31;
  for (const given of ['x'.repeat(LIMIT), sparse, deep(60, 'x'.repeat(LIMIT))]) {
    expect(() => checkJson('test', 'field', given, LIMIT)).toThrow(sessionFaults.SESSION_TOO_LARGE);
  }
  expect(() => checkJson('test', 'field', wide, LIMIT)).toThrow(sessionFaults.SESSION_REQUEST_INVALID);
});

function raise(): never {
  throw new Error('no');
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function circle(): object {
  const one: Record<string, unknown> = {};
  one['self'] = one;
  return one;
}

function deep(levels: number, inner: unknown = 1): object {
  let value: unknown = inner;
  for (let n = 0; n < levels; n++) value = { a: value };
  return value as object;
}

function expectFrozen(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  expect(Object.isFrozen(value)).toBe(true);
  for (const part of Object.values(value)) expectFrozen(part);
}
