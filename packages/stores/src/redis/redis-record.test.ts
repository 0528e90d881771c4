import { expect, it } from 'vitest';
import { decodeEntry, encodeEntry } from '../entry-text.ts';
import { readRecord, recordHead } from './redis-record.ts';

it('a record is read as it was written', () => {
  for (const revision of [1, 96, 97, 1_790_000_000_000_123, Number.MAX_SAFE_INTEGER]) {
    const stored = readRecord('a', `${recordHead(revision)}text: with.both`, 5);
    expect(stored).toEqual({ key: 'a', text: 'text: with.both', revision, ttlMs: 5 });
  }
});

it('a record of which any one byte is another is corrupted', () => {
  const record = `${recordHead(1_790_000_000_000_123)}${encodeEntry('a', '{"state":"open"}')}`;
  expect(decodeEntry(readRecord('a', record)).ok).toBe(true);
  for (let at = 0; at < record.length; at++) {
    for (let bit = 0; bit < 7; bit++) {
      const flipped = String.fromCharCode(record.charCodeAt(at) ^ (1 << bit));
      const damaged = record.slice(0, at) + flipped + record.slice(at + 1);
      expect(decodeEntry(readRecord('a', damaged)).ok, damaged).toBe(false);
    }
  }
});

it('damages without a revision have numbers of their own, for their copies', () => {
  const revisions = ['', 'x', 'one', '.', ':', '0.0:text', '-1.-1:text'].map(
    (record) => readRecord('a', record).revision,
  );
  expect(new Set(revisions).size).toBe(revisions.length);
  for (const revision of revisions) expect(revision).toBeGreaterThan(0);
});
