import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const module = JSON.stringify(new URL('./hold-signals.ts', import.meta.url).pathname);

function runWhile(work: string) {
  const program = `import { holdSignals } from ${module};
    await holdSignals(async () => { ${work} });
    console.log('went on');
    process.stdin.resume();`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
}

it('work is finished before a signal ends the process, however late it comes', () => {
  const { stdout, signal } = runWhile(
    "process.kill(process.pid, 'SIGTERM'); await 1; console.log('finished');",
  );
  expect(stdout).toMatch(/^finished\n/);
  expect(signal).toBe('SIGTERM');
});

it('without a signal nothing happens', () => {
  expect(runWhile("console.log('finished');")).toMatchObject({
    stdout: 'finished\nwent on\n',
    status: 0,
    signal: null,
  });
});
