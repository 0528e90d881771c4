import { expect, test } from 'vitest';
import { measured } from './measured.fixture.ts';

/**
 * Below what a quiet machine shows (`npm run bench -- sessions`): these bounds notice that an operation has become as dear as
 * a session is long, or a list as large as what is listed, on whatever machine the tests run.
 */
const bounds: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'append-event-sqlite': { store: 0.45, 'store-guarded': 0.45 },
  'append-event-10k-sqlite': { 'on-10-events': 0.5 },
  'list-20k-heap': { before: 0.6, middle: 0.9, 'after-20-pages': 0.9 },
};

test.each(Object.entries(bounds))('%s keeps its distance', async (name, least) => {
  const lines = await measured('sessions', name);
  process.stdout.write(`  ${name}: ${lines.map(({ rival, ratio }) => `${rival} ${ratio}×`).join(', ')}\n`);
  expect(lines.map(({ rival }) => rival)).toEqual(Object.keys(least));
  for (const { rival, ratio } of lines) expect(ratio, rival).toBeGreaterThanOrEqual(least[rival ?? ''] ?? 1);
});
