import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Entry, Page } from '../contract.ts';
import { byBytes } from './byte-order.ts';
import { type PageRequest, pageOfKnown, pageWithOwn } from './known-page.ts';

const keys = fc.uniqueArray(fc.constantFrom(...'abcdefghij').map((letter) => `k/${letter}`));
const limits = fc.integer({ min: 1, max: 4 });

it('page by page, a list with what is in the journal is the one of both: each key once, in order', () => {
  fc.assert(
    fc.property(keys, keys, keys, limits, (theirs, ours, deleted, limit) => {
      const own = new Set([...ours, ...deleted, 'other/a']);
      const find = (key: string) => (deleted.includes(key) ? undefined : entry(key, 'ours'));
      const told = readAll(limit, (request) =>
        pageWithOwn(request, pageOfPrimary(request, theirs), own, find),
      );
      const expected = [...new Set([...theirs, ...ours])]
        .filter((key) => !deleted.includes(key))
        .sort(byBytes);
      expect(told.map(({ key }) => key)).toEqual(expected);
      for (const { key, value } of told) expect(value).toBe(ours.includes(key) ? 'ours' : 'theirs');
    }),
  );
});

it('and so is one of what is known', () => {
  fc.assert(
    fc.property(keys, keys, limits, (known, absent, limit) => {
      const find = (key: string) => (absent.includes(key) ? undefined : entry(key, 'ours'));
      const told = readAll(limit, (request) => pageOfKnown(request, [...known, 'other/a'], find));
      expect(told.map(({ key }) => key)).toEqual(known.filter((key) => !absent.includes(key)).sort(byBytes));
    }),
  );
});

function readAll(limit: number, list: (request: PageRequest) => Page<string>): Entry<string>[] {
  const all: Entry<string>[] = [];
  let after: string | undefined;
  do {
    const page = list({ prefix: 'k/', after, limit });
    expect(page.entries.length).toBeLessThanOrEqual(limit);
    all.push(...page.entries);
    after = page.next;
  } while (after !== undefined);
  return all;
}

function pageOfPrimary({ prefix, after, limit }: PageRequest, keys: readonly string[]): Page<string> {
  const inRange = keys.filter((key) => key.startsWith(prefix) && key > (after ?? '')).sort();
  const entries = inRange.slice(0, limit).map((key) => entry(key, 'theirs'));
  const next = entries.length < limit ? undefined : entries.at(-1)?.key;
  return { entries, corrupted: [], next, complete: true };
}

function entry(key: string, value: string): Entry<string> {
  return { key, value, revision: 1 };
}
