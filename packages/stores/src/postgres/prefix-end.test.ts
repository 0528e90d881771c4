import fc from 'fast-check';
import { expect, it } from 'vitest';
import { prefixEnd } from './prefix-end.ts';

const text = fc.string({ unit: 'binary', maxLength: 4 });

function inBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

it('what begins with a prefix is before its end, and what does not is before the prefix or from the end on', () => {
  fc.assert(
    fc.property(text, text, (prefix, other) => {
      const end = prefixEnd(prefix);
      for (const key of [prefix + other, other]) {
        const isWithin = inBytes(key, prefix) >= 0 && (end === undefined || inBytes(key, end) < 0);
        expect(isWithin).toBe(key.startsWith(prefix));
      }
    }),
  );
});

it.each([
  ['', undefined],
  ['\u{10ffff}\u{10ffff}', undefined],
  ['a\u{10ffff}', 'b'],
  ['a%', 'a&'],
  ['\ud7ff', '\ue000'],
  ['\uffff', '\u{10000}'],
])('the end of %j is %j', (prefix, end) => expect(prefixEnd(prefix)).toBe(end));
