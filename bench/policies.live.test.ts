import { expect, test } from 'vitest';
import { measured } from './measured.fixture.ts';

/**
 * Far below what a quiet machine shows (`npm run bench -- policies`), save for what is exact: these bounds notice a
 * change that makes calls many times as dear, on whatever machine the tests run.
 */
const bounds: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'five-policies': { cockatiel: 15, opossum: 1.2, 'bare-await': 0.45, 'p-retry': 0.5, effect: 5 },
  'five-policies-abandon': { cockatiel: 10, opossum: 1, 'bare-await': 0.2, 'p-retry': 0.4, effect: 4 },
  'five-policies-polluted': { cockatiel: 15, opossum: 1.2, 'bare-await': 0.4, 'p-retry': 0.5, effect: 5 },
  'open-reject': { cockatiel: 2, opossum: 2 },
  'open-reject-fallback': { cockatiel: 12, opossum: 8 },
  'failing-call-50k-window': { 'empty-window': 1 / 1.5, opossum: 50 },
  'idle-breaker-bytes': { cockatiel: 2, opossum: 10 },
  'lock-uncontended': { 'async-mutex': 2 },
  'bundle-four-policies': { cockatiel: 0.46 },
};

/** Without a rival, what the value may be at most: 500 µs where the seeds allow 5 ms; of bytes, what there are. */
const limits: Readonly<Record<string, number>> = { 'handle-error': 500, 'bundle-kernel': 28_200 };

test.each(Object.entries(bounds))('%s keeps its distance to its rivals', async (name, least) => {
  const lines = await measured('policies', name);
  process.stdout.write(`  ${name}: ${lines.map(({ rival, ratio }) => `${rival} ${ratio}×`).join(', ')}\n`);
  expect(lines.map(({ rival }) => rival)).toEqual(Object.keys(least));
  for (const { rival, ratio } of lines) expect(ratio, rival).toBeGreaterThanOrEqual(least[rival ?? ''] ?? 1);
});

test.each(Object.entries(limits))('%s keeps within its limit', async (name, most) => {
  const [line] = await measured('policies', name);
  process.stdout.write(`  ${name}: ${line?.value} ${line?.unit}\n`);
  expect(line?.value).toBeLessThanOrEqual(most);
});
