import { describe, expect, test } from 'vitest';
import { amount, lengthSeconds, webSocketUrl } from './arguments.ts';

describe('an amount', () => {
  test.each(['1', '0.5', '390', '1.25'])('is %s', (text) => {
    expect(amount('a length', { above: 0 })(text)).toBe(Number(text));
  });

  test.each(['', '0', '-1', '+1', '1e3', 'NaN', 'Infinity', '1,5', '.5', '5.', ' 1', '9'.repeat(400)])(
    'above 0 is not %j',
    (text) => {
      expect(() => amount('a length', { above: 0 })(text)).toThrow('a length is a number above 0.');
    },
  );

  test('may begin with 0', () => {
    expect(amount('an intensity', { least: 0 })('0')).toBe(0);
    expect(() => amount('an intensity', { least: 0 })('-0.1')).toThrow('from 0 on');
  });
});

describe('the address of a stream', () => {
  test.each(['ws://127.0.0.1:4400/auralis/stream', 'wss://example.org/a?b=c'])('is %s', (text) => {
    expect(webSocketUrl(text)).toBe(text);
  });

  test.each(['', '127.0.0.1:4400', 'http://127.0.0.1/', 'ws://', 'ws://a b/', 'ws://a/#b'])(
    'is not %j',
    (text) => {
      expect(() => webSocketUrl(text)).toThrow(/an address like ws:/);
    },
  );
});

test('a length is in minutes, or in seconds, or not said', () => {
  expect(lengthSeconds({ minutes: 1.5 })).toBe(90);
  expect(lengthSeconds({ seconds: 90 })).toBe(90);
  expect(lengthSeconds({})).toBeUndefined();
});
