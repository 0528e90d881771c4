import { expect, it } from 'vitest';
import { BoundedMap } from './bounded-map.ts';

const namesIn = (map: BoundedMap<number>, names: string) =>
  [...names].filter((name) => map.get(name) !== undefined).join('');

it('forgets what was used longest ago, when there are too many', () => {
  const map = new BoundedMap<number>({ entries: 2 });
  map.set('a', 1);
  map.set('b', 2);
  expect(map.get('a')).toBe(1);
  map.set('c', 3);
  expect([namesIn(map, 'abc'), map.size]).toEqual(['ac', 2]);
});

it('forgets what weighs too much together, but never the newest', () => {
  const map = new BoundedMap<number>({ entries: 10, weight: 5 });
  map.set('a', 1, 2);
  map.set('b', 2, 3);
  map.set('a', 1, 3);
  expect(namesIn(map, 'ab')).toBe('a');
  map.set('c', 3, 100);
  expect(namesIn(map, 'abc')).toBe('c');
  map.set('d', 4, 1);
  expect(namesIn(map, 'cd')).toBe('d');
});

it('keeps what must stay, and what was deleted weighs nothing', () => {
  const map = new BoundedMap<number>({ entries: 1, weight: 1 }, (name) => name === 'a');
  map.set('a', 1);
  map.set('b', 2);
  map.set('c', 3);
  expect([namesIn(map, 'abc'), map.size]).toEqual(['ac', 2]);
  map.delete('c');
  map.delete('nobody');
  expect([namesIn(map, 'abc'), map.size]).toEqual(['a', 1]);
});
