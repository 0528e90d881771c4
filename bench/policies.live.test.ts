import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { BenchLine } from './bench-case.ts';

/**
 * Far below what a quiet machine shows (see docs/decisions/0002-fused-pipeline.md), save the first two, which are
 * promised: these bounds notice a change that makes calls many times as dear, on whatever machine the tests run.
 */
const bounds: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'four-policies': { cockatiel: 10, opossum: 1, 'bare-await': 0.2 },
  'four-policies-abandon': { cockatiel: 6, opossum: 1, 'bare-await': 0.15 },
  'open-reject': { cockatiel: 1.5, opossum: 1.5 },
  'open-reject-fallback': { cockatiel: 10, opossum: 6 },
  'failing-call-50k-window': { 'empty-window': 1 / 1.5, opossum: 50 },
};

/** In a process of its own, as `npm run bench` does: what the test runner makes of modules is slower. */
test.each(Object.entries(bounds))('%s keeps its distance to its rivals', async (name, least) => {
  const program = fileURLToPath(new URL('./run.ts', import.meta.url));
  const args = [program, 'policies', '--json', '--case', name];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as BenchLine);
  process.stdout.write(`  ${name}: ${lines.map(({ rival, ratio }) => `${rival} ${ratio}×`).join(', ')}\n`);
  expect(lines.map(({ rival }) => rival)).toEqual(Object.keys(least));
  for (const { rival, ratio } of lines) expect(ratio, rival).toBeGreaterThanOrEqual(least[rival ?? ''] ?? 1);
});
