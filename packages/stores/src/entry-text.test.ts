import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeEntry, encodeEntry } from './entry-text.ts';

it('whatever is encoded is decoded, and no flipped bit goes unnoticed', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.jsonValue(),
      fc.nat(),
      fc.integer({ min: 0, max: 7 }),
      (key, value, at, bit) => {
        const text = encodeEntry(key, JSON.stringify(value));
        expect(decodeEntry({ key, text, revision: 1 })).toEqual({
          ok: true,
          value: JSON.parse(JSON.stringify(value)),
        });
        const bytes = Buffer.from(text);
        const place = at % bytes.length;
        bytes[place] = (bytes[place] as number) ^ (1 << bit);
        const flipped = decodeEntry({ key, text: bytes.toString(), revision: 1 });
        expect(flipped).toEqual({ ok: false, reason: 'its checksum differs' });
      },
    ),
  );
});

it.each(['', '1', '00000000', '00000000{}'])(
  'what was never encoded is not taken for an entry: %j',
  (text) => {
    expect(decodeEntry({ key: 'a', text, revision: 1 })).toMatchObject({ ok: false });
  },
);

it('what got under another key is not taken for its entry', () => {
  const text = encodeEntry('a', '1');
  expect(decodeEntry({ key: 'b', text, revision: 1 })).toMatchObject({ ok: false });
});
