import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { classify } from './classify.ts';
import { faultFromJson } from './fault-from-json.ts';

test('an error of another realm says who it is, and what it says', () => {
  const other: unknown = runInNewContext('new RangeError("too far")');
  expect(other).not.toBeInstanceOf(Error);
  expect(classify(other).message).toBe('RangeError: too far');
});

test('an error of another realm travels as one', () => {
  const other: unknown = runInNewContext('new RangeError("too far", { cause: new Error("why") })');
  const json = classify(other).toJSON();
  expect(json.cause).toMatchObject({ name: 'RangeError', cause: { name: 'Error', message: 'why' } });
  expect(String(faultFromJson(JSON.parse(JSON.stringify(json))).cause)).toBe('RangeError: too far');
});
