import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const script = new URL('./test.ts', import.meta.url).pathname;
const programs = mkdtempSync(join(tmpdir(), 'test-programs-'));

afterAll(() => rmSync(programs, { recursive: true }));

/** Runs the script with programs that end as told; `report` is what Vitest would write. */
function runTests(
  ends: { readonly tsc?: number; readonly biome?: number; readonly vitest?: number },
  report?: object,
) {
  const write = (name: string, ...lines: readonly string[]) => {
    writeFileSync(join(programs, name), ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
  };
  write('tsc', `exit ${ends.tsc ?? 0}`);
  write('biome', `exit ${ends.biome ?? 0}`);
  write(
    'node',
    'echo "got: $SUSTAIN_TEST_LONG $*"',
    ...(report === undefined ? [] : [`file=$(echo "$*" | sed 's/.*outputFile.json=\\([^ ]*\\).*/\\1/')`]),
    ...(report === undefined ? [] : [`echo '${JSON.stringify(report)}' > "$file"`]),
    `exit ${ends.vitest ?? 0}`,
  );
  const env = { PATH: `${programs}:/usr/bin:/bin` };
  return spawnSync(process.execPath, [script, '--long', 'packages/kernel'], { env, encoding: 'utf8' });
}

const report = { numPassedTests: 40, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };

describe('npm test', () => {
  it('closes with what passed and failed: the four checks and every test', () => {
    const { status, stdout } = runTests({}, report);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('44 passed, 0 failed');
    expect(status).toBe(0);
  });

  it.each([
    [
      'a failed test',
      { vitest: 1 },
      { ...report, numPassedTests: 39, numFailedTests: 1 },
      '43 passed, 1 failed',
    ],
    ['a file that does not load', { vitest: 1 }, report, '44 passed, 1 failed'],
    ['types', { tsc: 2 }, report, '41 passed, 3 failed'],
    ['lint', { biome: 1 }, report, '43 passed, 1 failed'],
    ['services that do not start', { vitest: 1 }, undefined, '4 passed, 1 failed'],
  ])('fails for %s, and still closes with the count', (_what, ends, written, line) => {
    const { status, stdout } = runTests(ends, written);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(line);
    expect(status).toBe(1);
  });

  it('says what was skipped', () => {
    expect(runTests({}, { ...report, numPendingTests: 2 }).stdout).toMatch(
      /^2 skipped\n44 passed, 0 failed\n$/m,
    );
  });

  it('passes arguments on, and asks for the full form of long tests', () => {
    expect(runTests({}, report).stdout).toMatch(
      /^got: 1 scripts\/services\.ts run -- vitest run .* packages\/kernel$/m,
    );
  });
});
