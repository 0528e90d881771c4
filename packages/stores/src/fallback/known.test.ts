import { SimulatedClock } from '@sustain/kernel';
import { expect, it } from 'vitest';
import { ABSENT } from '../contract.ts';
import { Known } from './known.ts';

function fresh(limits: Partial<ConstructorParameters<typeof Known>[1]> = {}) {
  const clock = new SimulatedClock();
  const remembers = () => true;
  const all = { maxKnownEntries: 100, maxKnownBytes: 1_000_000, absenceMaxAgeMs: 1000, remembers, ...limits };
  const known = new Known(clock, all);
  return { clock, known, find: (key: string) => known.find(key, clock.monotonicMs()) };
}

it('an answer that was asked for before a write says nothing against it', () => {
  const { known, find } = fresh();
  const stamp = known.stamp();
  known.written('set', '"new"', 7);
  known.written('deleted', undefined, ABSENT);
  known.read('set', ABSENT, () => undefined, stamp);
  known.read('deleted', 3, () => '"old"', stamp);
  expect(find('set')).toMatchObject({ json: '"new"', revision: 7 });
  expect(find('deleted')).toMatchObject({ json: undefined });
  known.read('deleted', 9, () => '"theirs"', known.stamp());
  expect(find('deleted')).toMatchObject({ json: '"theirs"' });
});

it('nor does it say what is there, when that has been forgotten meanwhile', () => {
  const { known, find } = fresh({ maxKnownEntries: 1 });
  const stamp = known.stamp();
  known.written('a', '1', 1);
  known.written('b', '2', 2);
  known.read('a', ABSENT, () => undefined, stamp);
  expect(find('a')).toBeUndefined();
  known.forget('b');
  known.read('b', 1, () => '0', stamp);
  expect(find('b')).toBeUndefined();
});

it('of two answers the one with the greater revision counts, in whatever order they come', () => {
  const { known, find } = fresh();
  const stamp = known.stamp();
  known.read('a', 2, () => '"second"', stamp);
  known.read('a', 1, () => '"first"', stamp);
  expect(find('a')).toMatchObject({ json: '"second"', revision: 2 });
  expect(known.newest).toBe(2);
});

it('also when another key was written between the two questions', () => {
  const { known, find } = fresh();
  const first = known.stamp();
  known.written('other', '1', 1);
  const second = known.stamp();
  known.read('a', 2, () => '"before"', second);
  known.read('a', 3, () => '"after"', first);
  expect(find('a')).toMatchObject({ json: '"after"', revision: 3 });
});

it('and of a write and what others wrote after it, where that was heard of first', () => {
  const { known, find } = fresh();
  known.read('a', 6, () => '"theirs"', known.stamp());
  known.written('a', '"ours"', 5);
  expect(find('a')).toMatchObject({ json: '"theirs"', revision: 6 });
});

it('of an absence and a value that were asked for beside each other none counts: either may be the later', () => {
  const { known, find } = fresh();
  for (const key of ['created', 'deleted']) {
    const stamp = known.stamp();
    const [first, second] = key === 'created' ? [7, ABSENT] : [ABSENT, 7];
    for (const revision of [first, second]) {
      known.read(key, revision, () => (revision === ABSENT ? undefined : '1'), stamp);
    }
    expect(find(key)).toBeUndefined();
    known.read(key, ABSENT, () => undefined, known.stamp());
    expect(find(key)).toMatchObject({ json: undefined });
    known.read(key, 8, () => '2', known.stamp());
    expect(find(key)).toMatchObject({ json: '2' });
  }
});

it('the least recently used is forgotten, by number and by size', () => {
  const { known, find } = fresh({ maxKnownEntries: 2 });
  known.written('a', '1', 1);
  known.written('b', '1', 2);
  find('a');
  known.written('c', '1', 3);
  expect([...known.keys()].sort()).toEqual(['a', 'c']);
  const small = fresh({ maxKnownBytes: 5000 }).known;
  for (let at = 1; at < 100; at++) small.written(`k${at}`, 'x'.repeat(500), at);
  expect(small.size).toBeGreaterThan(1);
  expect(small.sizeBytes).toBeLessThanOrEqual(5000);
  small.written('large', 'x'.repeat(10_000), 100);
  expect(small.size).toBe(0);
  expect(small.sizeBytes).toBe(0);
});

it('what has expired does not exist, and what was touched does for longer', async () => {
  const { known, find, clock } = fresh();
  known.written('a', '1', 1, 1000);
  await clock.advance(900);
  known.touched('a', 2, 5000);
  known.touched('a', 1, 1000);
  await clock.advance(999);
  expect(find('a')).toMatchObject({ json: '1' });
  await clock.advance(1);
  expect(find('a')).toEqual({ json: undefined, revision: ABSENT, endsMs: undefined });
});

it('where remembers throws, the key is not remembered, and nothing fails of it', () => {
  const remembers = () => {
    throw new Error('broken');
  };
  const { known, find } = fresh({ remembers });
  known.written('a', '1', 7);
  expect([find('a'), known.newest]).toEqual([undefined, 7]);
});

it('of what is not to be remembered only the revision is known', () => {
  const { known, find } = fresh({ remembers: (key) => !key.startsWith('log/') });
  known.written('log/1', '1', 7);
  known.read('log/2', 8, () => '2', known.stamp());
  known.written('head', '{}', 9);
  expect([find('log/1'), find('log/2'), known.size, known.newest]).toEqual([undefined, undefined, 1, 9]);
});
