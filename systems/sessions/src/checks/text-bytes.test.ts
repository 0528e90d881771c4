import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonTextBytes, textBytes } from './text-bytes.ts';

describe('the bytes of a text', () => {
  const texts = fc.string({
    unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
  });

  it.each([
    '',
    'plain',
    'a"b\\c',
    '\b\t\n\f\r\u0000\u001f\u007f',
    'é',
    '漢',
    '👍',
    '\ud800',
    '\udc00x',
    '\ud83d\ud83d\udc4d',
  ])('as JSON: %j', (text) => expect(jsonTextBytes(text)).toBe(Buffer.byteLength(JSON.stringify(text))));

  it('as JSON and as they are, of any text', () => {
    const property = fc.property(texts, (text) => {
      expect(jsonTextBytes(text)).toBe(Buffer.byteLength(JSON.stringify(text)));
      expect(textBytes(text)).toBe(Buffer.byteLength(text));
    });
    fc.assert(property, { seed: 4, numRuns: 1000 });
  });
});
