// `npm test`: types, lint, then the tests with the services they need; the last line is "N passed, N failed".
// `--long` takes the full form of long tests; other arguments go to Vitest: `npm test -- packages/kernel`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const checks: readonly (readonly string[])[] = [
  ['tsc', '-p', 'tsconfig.json'],
  ['tsc', '-p', 'tsconfig.browser.json'],
  ['tsc', '-p', 'tsconfig.browser-tests.json'],
  ['biome', 'check', '--error-on-warnings', '.'],
];

const args = process.argv.slice(2).filter((arg) => arg !== '--long');
const env = { ...process.env, ...(args.length < process.argv.length - 2 && { SUSTAIN_TEST_LONG: '1' }) };

const outcomes = await Promise.all(checks.map(runCheck)); // beside each other: they leave half of two processors idle
outcomes.push(await runTests());

const [passed, failed, skipped] = (['passed', 'failed', 'skipped'] as const).map((kind) =>
  outcomes.reduce((sum, outcome) => sum + outcome[kind], 0),
);
if (skipped !== 0) console.log(`${skipped} skipped`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function runCheck(command: readonly string[]): Promise<Outcome> {
  const ok = await succeeds(command);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

/** Counts what Vitest reports. What goes wrong outside of a test (a file that does not load) counts as one failure. */
async function runTests(): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'sustain-test-'));
  try {
    const file = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const vitest = ['vitest', 'run', ...reporters, ...args];
    // Thousands of processes load the same modules: the first one compiles them.
    const compiled = { NODE_COMPILE_CACHE: join(folder, 'compiled') };
    const ok = await succeeds(['node', 'scripts/services.ts', 'run', '--', ...vitest], compiled);
    const report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as VitestReport) : undefined;
    return {
      passed: report?.numPassedTests ?? 0,
      failed: Math.max(report?.numFailedTests ?? 0, ok ? 0 : 1),
      skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Vitest's JSON report, as far as it is read here. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

async function succeeds(command: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<boolean> {
  console.log(`> ${command.join(' ')}`);
  const [program = '', ...rest] = command;
  const child = spawn(program, rest, { stdio: 'inherit', env: { ...env, ...variables } });
  const [code] = await once(child, 'exit');
  return code === 0;
}
