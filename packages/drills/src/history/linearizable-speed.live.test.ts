import { seededRandom, systemClock } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { historyOf, linearizable } from './index.ts';
import { simulateRegisters } from './register.fixture.ts';

test.each([
  ['20,000 operations of 8 clients on 50 keys', { operations: 20_000, clients: 8, keys: 50, unknown: 0.02 }],
  ['5,000 operations of 8 clients on one key', { operations: 5000, clients: 8, keys: 1, unknown: 0.01 }],
  [
    '20,000 operations of 64 clients on 50 keys',
    { operations: 20_000, clients: 64, keys: 50, unknown: 0.02 },
  ],
])('%s are judged in less than 2 s', (what, simulation) => {
  const { events } = simulateRegisters({ random: seededRandom(1), ...simulation });
  const { operations } = historyOf(events);
  const durationsMs = Array.from({ length: 3 }, () => {
    const startMs = systemClock.monotonicMs();
    expect(linearizable(operations)).toMatchObject({ state: 'holds' });
    return systemClock.monotonicMs() - startMs;
  });
  console.log(`${what}: ${durationsMs.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  expect(Math.min(...durationsMs)).toBeLessThan(2000);
});
