import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { BenchLine } from './bench-case.ts';

describe('npm run bench', () => {
  test('four policies cost a tenth of cockatiel at most, and less than opossum', async () => {
    const { lines } = await bench('policies', '--case', 'four-policies', '--json');
    const ratios = Object.fromEntries(lines.map(({ rival, ratio }) => [rival, ratio ?? 0]));
    process.stdout.write(`  cockatiel ${ratios.cockatiel}×, opossum ${ratios.opossum}×\n`);
    expect(ratios.cockatiel).toBeGreaterThanOrEqual(10);
    expect(ratios.opossum).toBeGreaterThan(1);
  }, 120_000);

  test("a failing call costs the same with 50,000 calls in the breaker's window as with none", async () => {
    const { lines } = await bench('policies', '--case', 'failing-call-50k-window', '--json');
    const ratio = lines.find(({ rival }) => rival === 'empty-window')?.ratio ?? 0;
    process.stdout.write(`  ${ratio} times as fast as with none\n`);
    expect(ratio).toBeGreaterThan(1 / 1.5);
  }, 120_000);

  test.each([
    [['--help'], 0, /topics: .*policies/],
    [['polices'], 2, /there is no topic polices; there are: .*policies/],
    [['policies', '--case', 'none'], 2, /no case is named none/],
    [['--fast'], 2, /Unknown option '--fast'/],
  ])('%j exits with %d', async (args, code, says) => {
    const run = await bench(...args);
    expect(run.code).toBe(code);
    expect(run.output).toMatch(says);
  });
});

async function bench(
  ...args: readonly string[]
): Promise<{ code: number; output: string; lines: BenchLine[] }> {
  const command = [fileURLToPath(new URL('./run.ts', import.meta.url)), ...args];
  const run = await promisify(execFile)(process.execPath, command).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  const json = run.stdout.split('\n').filter((line) => line.startsWith('{'));
  return { code: run.code, output: run.stdout + run.stderr, lines: json.map((line) => JSON.parse(line)) };
}
