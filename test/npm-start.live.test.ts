import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';

const repository = resolve(import.meta.dirname, '..');

/** What service managers and containers do; Ctrl-C reaches all processes of a terminal by itself. */
it('npm start, told to end, takes its program along', async () => {
  const npm = spawn('npm', ['start', '--', '--port', '0'], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  onTestFinished(() => {
    try {
      process.kill(-(npm.pid as number), 'SIGKILL');
    } catch (error) {
      expect(error).toMatchObject({ code: 'ESRCH' }); // All of them have ended, as they should.
    }
  });
  const ended = once(npm, 'exit');
  let health: string | undefined;
  for await (const line of createInterface({ input: npm.stdout })) {
    health = /http:\S+\/health$/.exec(line)?.[0];
    if (health !== undefined) break;
  }
  expect((await fetch(health ?? '')).status).toBe(200);
  npm.kill('SIGTERM');
  await ended;
  await expect
    .poll(
      () =>
        fetch(health ?? '').then(
          () => 'answers',
          () => 'is gone',
        ),
      { timeout: 10_000 },
    )
    .toBe('is gone');
});
