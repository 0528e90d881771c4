import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { isRunning } from '@sustain/drills';
import { systemClock } from '@sustain/kernel';
import { describe, expect, onTestFinished, test } from 'vitest';
import { emptyFolder, start } from './running-sustain.fixture.ts';

describe('sustain', () => {
  test('up prints where it is, answers its health, and ends cleanly on Ctrl-C, leaving no process behind', async () => {
    const run = start(['up', '--port', '0', '--seed', 'test']);
    const url = await run.printed(/health {3}(http:\/\/127\.0\.0\.1:\d+)\/health/);
    expect(run.output()).toContain(`${url}/auralis/`);

    const health = await fetch(`${url}/health`);
    expect(health.status).toBe(200);
    expect(health.headers.get('content-type')).toContain('application/health+json');
    expect(await health.json()).toMatchObject({
      // Of the machine itself: a busy one warns, and is still healthy.
      status: expect.stringMatching(/^(pass|warn)$/),
      checks: {
        'auralis:synthesis_functional': [{ status: 'pass' }],
        'auralis:buffer_healthy': [{ status: 'pass' }],
      },
    });
    const metrics = await fetch(`${url}/metrics`);
    expect(await metrics.text()).toMatch(/^sustain_child_up\{supervisor="studio",child="auralis"\} 1$/m);
    const player = await fetch(`${url}/auralis/`);
    expect(player.status).toBe(200);
    expect(await player.text()).toContain('<title>');

    const children = run.children();
    expect(children.length).toBeGreaterThan(0);
    run.child.kill('SIGINT');
    expect(await run.exit).toEqual({ code: 0, signal: null });
    expect(children.filter(isRunning)).toEqual([]);
  });

  test('a second Ctrl-C ends it at once, when the stop takes long', async () => {
    const run = start(['up', '--port', '0']);
    await run.printed(/Ctrl-C stops it/);
    const [synthesis] = run.children();
    process.kill(synthesis as number, 'SIGSTOP'); // It will not hear SIGTERM.
    run.child.kill('SIGINT');
    await systemClock.sleep(700); // A Ctrl-C sooner than 0.5 s after the first counts as the same.
    run.child.kill('SIGINT');
    expect(await run.exit).toEqual({ code: 130, signal: null });
    await expect.poll(() => isRunning(synthesis as number)).toBe(false);
  });

  test('a Ctrl-C while it starts is heard', async () => {
    const run = start(['up', '--port', '0']);
    while (run.children().length === 0) await systemClock.sleep(5);
    const [synthesis] = run.children();
    process.kill(synthesis as number, 'SIGSTOP');
    run.child.kill('SIGINT');
    expect(await run.exit).toEqual({ code: 0, signal: null });
    expect(run.output()).not.toContain('sustain is up');
  });

  test('it plays on when nobody reads what it prints', async () => {
    const run = start(['up', '--port', '0']);
    const url = await run.printed(/health {3}(http:\/\/127\.0\.0\.1:\d+)\/health/);
    run.child.stdout.destroy();
    run.child.stderr.destroy();
    const [before] = run.children();
    process.kill(before as number, 'SIGKILL');
    const next = () => run.children().filter((pid) => pid !== before);
    await expect.poll(next, { timeout: 10_000 }).not.toEqual([]);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    run.child.kill('SIGINT');
    expect(await run.exit).toEqual({ code: 0, signal: null });
  });

  test('what happens to its parts stands in the log that sustain logs reads, and in the metrics', async () => {
    const run = start(['up', '--port', '0']);
    const url = await run.printed(/health {3}(http:\/\/127\.0\.0\.1:\d+)\/health/);
    const [synthesis] = run.children();
    process.kill(synthesis as number, 'SIGKILL');
    await run.printed(/(synthesis is up again)/);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain(
      'sustain_child_restarts_total{supervisor="studio/auralis",child="synthesis"} 1',
    );
    run.child.kill('SIGINT');
    await run.exit;
    const reader = start(['logs', 'analyze', '--json', '--folder', join(run.cwd, 'logs')]);
    expect(await reader.exit).toEqual({ code: 0, signal: null });
    expect(JSON.parse(reader.output()).faults).toContainEqual(
      expect.objectContaining({ errorCode: 'PROCESS_EXITED', module: 'studio/auralis', count: 1 }),
    );
  });

  test('keeps what it has compiled in the cache of its user, and runs where it cannot', async () => {
    const cache = emptyFolder();
    const env = { NODE_COMPILE_CACHE: undefined, XDG_CACHE_HOME: cache };
    expect(await start(['logs', '--help'], { env }).exit).toEqual({ code: 0, signal: null });
    expect(readdirSync(join(cache, 'sustain', 'compiled'))).not.toEqual([]);
    const nowhere = start(['logs', '--help'], { env: { ...env, XDG_CACHE_HOME: '/dev/null' } });
    expect(await nowhere.exit).toEqual({ code: 0, signal: null });
    expect(nowhere.stderr()).toBe('');
  });

  test('logs load no system, nor what serves and configures them', async () => {
    const told = `import { registerHooks } from 'node:module';
      registerHooks({ load(url, context, next) { console.error(url); return next(url, context); } });`;
    const hook = `--import data:text/javascript,${encodeURIComponent(told)}`;
    const run = start(['logs', '--help'], { env: { NODE_OPTIONS: hook } });
    expect(await run.exit).toEqual({ code: 0, signal: null });
    const loaded = run.stderr().split('\n');
    expect(loaded.filter((url) => url.includes('/studio/src/')).length).toBeGreaterThan(5);
    expect(loaded.filter((url) => /\/(systems|ops\/src\/(server|config)|drills)\//.test(url))).toEqual([]);
  });

  test('a wrong configuration is told with place and cure, before anything starts', async () => {
    const file = join(emptyFolder(), 'sustain.yaml');
    writeFileSync(file, 'logging:\n  levle: INFO\nserver:\n  port: 99999\n');
    const run = start(['up', '--config', file]);
    expect(await run.exit).toEqual({ code: 1, signal: null });
    expect(run.output()).toMatch(
      /logging\.levle is not a setting: did you mean "level"\? \(.*line 2, column 3\)/,
    );
    expect(run.output()).toMatch(/server\.port must be a whole number from 0 to 65535; got 99999/);
  });

  test('a port that is taken is told with the cure', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => {
      other.close();
    });
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const run = start(['up', '--port', String(port)]);
    expect(await run.exit).toEqual({ code: 1, signal: null });
    expect(run.output()).toMatch(new RegExp(`port ${port} .*in use.*SUSTAIN_PORT`));
  });

  test.each([
    [['--help'], 0, /Usage: sustain/],
    [['up', '--help'], 0, /--seed <text>/],
    [['--version'], 0, /^\d+\.\d+\.\d+/],
    [[], 2, /Usage: sustain/],
    [['--loud'], 2, /unknown option '--loud'[\s\S]*--help/],
    [['upp'], 2, /unknown command 'upp'/],
    [['up', 'aurora'], 2, /there are: auralis/],
    [['up', '--port', '99999'], 2, /a port is a whole number from 0 to 65535/],
    [['up', '--host', '0.0.0.0'], 1, /refusing to listen on 0\.0\.0\.0/],
  ])('%j exits with %d', async (args, code, says) => {
    const run = start(args);
    expect(await run.exit).toEqual({ code, signal: null });
    expect(run.output()).toMatch(says);
  });
});
