import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { linesOf } from './bench-case.ts';

function bench(...args: readonly string[]) {
  const program = fileURLToPath(new URL('./run.ts', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('npm run bench', () => {
  test('lists its topics', () => {
    const { status, stdout } = bench('--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(/topics: .*policies/);
  });

  test('refuses a topic that does not exist, and says which do', () => {
    const { status, stdout, stderr } = bench('nonsense');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/there is no topic nonsense; there are: .*policies/);
  });

  test('refuses a case that does not exist', () => {
    const { status, stderr } = bench('policies', '--case', 'nonsense');
    expect(status).toBe(2);
    expect(stderr).toContain('no case is named nonsense');
  });

  test('prints a JSON line a case and rival', () => {
    const { status, stdout } = bench('policies', '--json', '--case', 'open-reject-fallback');
    expect(status).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ rival }) => rival)).toEqual(['cockatiel', 'opossum']);
    for (const line of lines) {
      expect(Object.keys(line)).toEqual(['topic', 'name', 'unit', 'value', 'rival', 'rivalValue', 'ratio']);
      expect(line.ratio).toBeCloseTo(line.rivalValue / line.value, 1);
    }
  });
});

describe('a ratio', () => {
  const figure = { value: 50, rival: 'other', rivalValue: 100 };
  const line = (better: 'lower' | 'higher') =>
    linesOf('topic', { name: 'case', unit: 'ns', better, run: async () => figure }, [figure])[0];

  test('says how many times better we are, whichever way is better', () => {
    expect(line('lower')).toMatchObject({ ratio: 2 });
    expect(line('higher')).toMatchObject({ ratio: 0.5 });
  });

  test('is left out without a rival', () => {
    const alone = { name: 'case', unit: 'ns', better: 'lower', run: async () => figure } as const;
    expect(linesOf('topic', alone, [{ value: 1 }])).toEqual([
      { topic: 'topic', name: 'case', unit: 'ns', value: 1 },
    ]);
  });
});
