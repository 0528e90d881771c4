import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sessionFaults } from '../faults.ts';
import { headKey } from '../layout/index.ts';
import { checkId, checkSessionKey, MAX_ID_BYTES } from './index.ts';

it('whatever is given: an id that is safe in a path, a key, a header and a log; or a fault that names the field', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.string(), fc.anything()),
      (given) => {
        try {
          checkId('test', 'id', given);
        } catch (error) {
          if (!sessionFaults.SESSION_REQUEST_INVALID.matches(error)) throw error;
          expect(error.context.field).toBe('id');
          return;
        }
        const id: string = given;
        expect(Buffer.byteLength(id)).toBeLessThanOrEqual(MAX_ID_BYTES);
        expect(id.isWellFormed()).toBe(true);
        expect(id).not.toMatch(/[\p{C}\p{Z}/\\"'<>%?#&;]|^\.{0,2}$/u);
      },
    ),
    { numRuns: 1000 },
  );
});

it.each([
  '',
  '.',
  '..',
  'a/b',
  '../etc',
  'a\u0000',
  'a\nb',
  'a b',
  '\ud800',
  'é'.repeat(65),
  7,
  null,
  undefined,
  [],
  {},
])('no id: %j', (id) => {
  expect(() => checkId('test', 'id', id)).toThrow(sessionFaults.SESSION_REQUEST_INVALID);
});

it('three ids of full length fit in a store’s key', () => {
  const id = 'é'.repeat(64);
  const key = checkSessionKey('test', { appName: id, userId: id, sessionId: id });
  expect(Buffer.byteLength(headKey(key))).toBeLessThanOrEqual(512);
});

it('a key is taken by its names alone, and none is missing', () => {
  const session = { appName: 'a', userId: 'u', sessionId: 's', state: {} };
  expect(checkSessionKey('test', session)).toEqual({ appName: 'a', userId: 'u', sessionId: 's' });
  for (const key of [undefined, null, 's', 7, [], {}, { appName: 'a', userId: 'u' }]) {
    expect(() => checkSessionKey('test', key as never)).toThrow(sessionFaults.SESSION_REQUEST_INVALID);
  }
});
