import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { classify } from './classify.ts';
import { faultFromJson } from './fault-from-json.ts';
import { errorToJson } from './fault-json.ts';

test('an error of another realm says who it is, and what it says', () => {
  const other: unknown = runInNewContext('new RangeError("too far")');
  expect(other).not.toBeInstanceOf(Error);
  expect(classify(other).message).toBe('RangeError: too far');
});

test('an error of another realm travels as one', () => {
  const other: unknown = runInNewContext('new RangeError("too far", { cause: new Error("why") })');
  expect(errorToJson(other)).toMatchObject({ name: 'RangeError', cause: { name: 'Error', message: 'why' } });
  expect(String(faultFromJson(JSON.parse(JSON.stringify(classify(other)))).cause)).toBe(
    'RangeError: too far',
  );
});
