import { expect, test } from 'vitest';
import { breakerState } from '../index.ts';
import { circuit } from './circuit.fixture.ts';

test('who must ask first is asked when the wait is over and a call has come, and stays open until it may', async () => {
  let may = false;
  const asked: string[] = [];
  const { clock, subject, fail, begin, changes } = circuit({
    consecutive: 1,
    openMs: 1000,
    mayProbe(breaker) {
      asked.push(breaker.name);
      return may;
    },
  });
  await fail();
  await clock.advance(999);
  expect(begin().admitted()).toBe(false);
  expect(asked).toEqual([]);
  await clock.advance(1);
  expect(begin().admitted()).toBe(false);
  expect(asked).toEqual(['llm']);
  expect(breakerState(subject)).toMatchObject({ state: 'open', retryAfterMs: 0 });
  may = true;
  const probe = begin();
  expect([probe.admitted(), begin().admitted()]).toEqual([true, false]);
  expect(asked).toEqual(['llm', 'llm']);
  await probe.succeed();
  expect(changes.slice(1)).toEqual(['open → half-open: wait-over', 'half-open → closed: probes-succeeded']);
});
