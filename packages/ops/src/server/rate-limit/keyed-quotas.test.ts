import { expect, test } from 'vitest';
import { KeyedQuotas, MOST_KEYS } from './keyed-quotas.ts';

test('everybody has a bucket of their own', () => {
  const quotas = new KeyedQuotas({ perSecond: 1, burst: 2 });
  expect(['a', 'a', 'a', 'b'].map((key) => quotas.take(key, 0))).toEqual([0, 0, 1000, 0]);
  expect(quotas.waitMs('a', 400)).toBe(600);
  expect(quotas.take('a', 1000)).toBe(0);
});

test('a million addresses take no more memory than ten thousand, and together no more than one', () => {
  const quotas = new KeyedQuotas({ perSecond: 1, burst: 2 });
  let letIn = 0;
  for (let i = 0; i < 1_000_000; i++) if (quotas.take(`address ${i}`, 0) === 0) letIn++;
  expect(quotas.size).toBe(MOST_KEYS);
  expect(letIn).toBe(MOST_KEYS + 2);
});

test('those who have asked nothing for a while are forgotten, to make room', () => {
  const quotas = new KeyedQuotas({ perSecond: 1, burst: 2 });
  for (let i = 0; i < MOST_KEYS; i++) quotas.take(`old ${i}`, 0);
  for (let i = 0; i < 3; i++) expect(quotas.take('new', 1001)).toBe(i < 2 ? 0 : 1000);
  expect(quotas.size).toBe(1);
});
