import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

it('work is finished before a signal ends the process', async () => {
  const module = new URL('./hold-signals.ts', import.meta.url).pathname;
  const program = `
    import { holdSignals } from ${JSON.stringify(module)};
    import { once } from 'node:events';
    await holdSignals(async () => {
      console.log('working');
      await once(process.stdin, 'data');
      console.log('finished');
    });
    process.stdin.resume();
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
  const ended = once(child, 'exit');
  await once(child.stdout, 'readable');
  child.kill('SIGTERM');
  child.kill('SIGINT');
  child.stdin.write('go on');
  expect(await text(child.stdout)).toMatch(/^working\nfinished\n/);
  expect((await ended)[1]).toMatch(/SIGTERM|SIGINT/);
});
