import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { isRunning, RunFolder } from '@sustain/drills';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { services } from './services/catalog.ts';

import { missingOf } from './services/install.ts';

const run = promisify(execFile);
const script = new URL('./services.ts', import.meta.url).pathname;

/** Prints its environment and pid, then waits until its input ends. */
const probe = `console.log(JSON.stringify({ ...process.env, PROBE_PID: String(process.pid) })); process.stdin.resume();`;

interface Session {
  readonly runner: ChildProcessWithoutNullStreams;
  readonly env: Readonly<Record<string, string>>;
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

const sessions: Session[] = [];

afterEach(async () => {
  for (const { runner, ended } of sessions.splice(0)) {
    runner.kill('SIGTERM');
    await ended;
  }
});

function session(...only: readonly string[]): Promise<Session> {
  return startNode(runArguments(only));
}

function runArguments(only: readonly string[]): string[] {
  const selection = only.length > 0 ? ['--only', only.join(',')] : [];
  return [script, 'run', ...selection, '--', process.execPath, '-e', probe];
}

/** Starts Node in whatever way makes the probe run in the end, and waits for what the probe prints. */
async function startNode(args: readonly string[]): Promise<Session> {
  const runner = spawn(process.execPath, args);
  runner.stderr.pipe(process.stderr);
  const ended = once(runner, 'exit').then(
    ([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null,
  );
  for await (const line of createInterface({ input: runner.stdout })) {
    if (!line.startsWith('{')) continue;
    const started: Session = { runner, env: JSON.parse(line), ended };
    sessions.push(started);
    return started;
  }
  throw new Error(`the services did not start: ${await ended}`);
}

function portOf(url: string | undefined): number {
  return Number(new URL(url ?? '').port);
}

async function ping(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.end('PING\r\n');
  return text(socket);
}

async function expectAllGone({ env }: Session): Promise<void> {
  await expect(ping(portOf(env['REDIS_URL']))).rejects.toThrow('ECONNREFUSED');
  expect(existsSync(folderOf(env))).toBe(false);
  expect(isRunning(Number(env['PROBE_PID']))).toBe(false);
}

function folderOf(env: Session['env']): string {
  return dirname(env['XDG_RUNTIME_DIR'] ?? '');
}

async function failing(args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  try {
    const { stdout, stderr } = await run(process.execPath, [script, ...args], { env });
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

// With CI set, nothing is missing: `services run` itself would have refused.
describe.skipIf(missingOf(services).length > 0)('services run', () => {
  it('gives private instances that truly work, and takes all of them away again', async () => {
    const all = await session();
    const { env } = all;

    expect(await ping(portOf(env['REDIS_URL']))).toBe('+PONG\r\n');
    const settings = await run('redis-cli', ['-u', env['REDIS_URL'] ?? '', 'config', 'get', 'appendonly']);
    expect(settings.stdout).toBe('appendonly\nyes\n');

    const query = await run('psql', [env['DATABASE_URL'] ?? '', '-Atc', 'select 6 * 7']);
    expect(query.stdout).toBe('42\n');

    const sources = await run('pactl', ['list', 'short', 'sources'], { env });
    expect(sources.stdout).toMatch(/\tmic\t/);
    expect((await run('pactl', ['get-default-sink'], { env })).stdout).toBe('speaker\n');

    expect((await run(env['CHROMIUM_PATH'] ?? '', ['--version'])).stdout).toMatch(
      /^(Chromium|Google Chrome) \d+/,
    );
    expect((await run(env['FFMPEG_PATH'] ?? '', ['-version'])).stdout).toMatch(/^ffmpeg version/);
    expect((await run(env['ESPEAK_PATH'] ?? '', ['--version'])).stdout).toMatch(/^eSpeak NG/);
    expect((await run(env['PROMTOOL_PATH'] ?? '', ['--version'])).stdout).toMatch(/^promtool, version/);

    expect(portOf(env['REDIS_URL'])).not.toBe(6379);
    expect(portOf(env['DATABASE_URL'])).not.toBe(5432);

    all.runner.stdin.end();
    expect(await all.ended).toBe(0);
    await expectAllGone(all);
    await expect(run('psql', [env['DATABASE_URL'] ?? '', '-c', 'select 1'])).rejects.toThrow();
  });

  it('gives two sessions at the same time two different servers', async () => {
    const [one, two] = await Promise.all([session('redis', 'pulseaudio'), session('redis', 'pulseaudio')]);
    expect(one.env['REDIS_URL']).not.toBe(two.env['REDIS_URL']);
    expect(one.env['PULSE_SERVER']).not.toBe(two.env['PULSE_SERVER']);
  });

  it('starts only what it is asked for', async () => {
    const { env } = await session('redis');
    expect(env['REDIS_URL']).not.toBe(process.env['REDIS_URL']);
    expect(env['DATABASE_URL']).toBe(process.env['DATABASE_URL']);
  });

  it('passes the exit code of the command on', async () => {
    const command = ['run', '--only', 'ffmpeg', '--', process.execPath, '-e', 'process.exit(7)'];
    expect(await failing(command)).toMatchObject({ code: 7 });
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('ends the command, then the services, on %s', async (signal, code) => {
    const interrupted = await session('redis', 'pulseaudio');
    interrupted.runner.kill(signal);
    expect(await interrupted.ended).toBe(code);
    await expectAllGone(interrupted);
  });

  it('leaves no orphan when it is killed without a word', async () => {
    const killed = await session('redis', 'postgres', 'pulseaudio');
    killed.runner.kill('SIGKILL');
    expect(await killed.ended).toBe('SIGKILL');
    await vi.waitFor(() => expectAllGone(killed), { timeout: 10_000, interval: 50 });
  });

  it('leaves no orphan when its parent is killed without a word', async () => {
    const args = JSON.stringify(runArguments(['redis', 'pulseaudio']));
    const parent = `require('node:child_process').spawn(process.execPath, ${args}, { stdio: 'inherit' })`;
    const orphaned = await startNode(['-e', parent]);
    orphaned.runner.kill('SIGKILL');
    await vi.waitFor(() => expectAllGone(orphaned), { timeout: 10_000, interval: 50 });
  });

  it('takes a server that dies on its way up for a failure, and shows its log', async () => {
    const folder = new RunFolder();
    const broken = {
      name: 'broken',
      command: ['sh', '-c', 'echo no licence; exit 3'],
      isReady: async () => false,
    };
    await expect(folder.serve(broken)).rejects.toThrow(/broken ended at once.*no licence/s);
    await folder.close();
    expect(existsSync(folder.path)).toBe(false);
  });
});

describe('services where something is missing', () => {
  const env = { PATH: dirname(process.execPath), HOME: '/nonexistent' };
  const command = [
    'run',
    '--only',
    'redis',
    '--',
    process.execPath,
    '-e',
    'console.log("ran", process.env.REDIS_URL)',
  ];

  it('says what, how to get it, and runs without it', async () => {
    const { code, stdout, stderr } = await failing(command, env);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'ran undefined\n' });
    expect(stderr).toMatch(/redis .*sudo apt-get install -y redis-server.*skipped/s);
  });

  it('refuses to run without it when CI is set', async () => {
    const { code, stdout, stderr } = await failing(command, { ...env, CI: 'true' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/redis-server.*CI is set/s);
  });
});

describe('services asked wrongly', () => {
  it.each([
    [['dance'], /"dance" is not known: run, install or list/],
    [[], /nothing to do/],
    [['run'], /run needs a command after --/],
    [['run', '--only', 'mongodb', '--', 'true'], /no service "mongodb"; there are: redis, postgres/],
    [['run', '--fast', '--', 'true'], /--fast/],
    [['run', 'vitest'], /"vitest" is one word too many/],
  ])('%j exits with 2 and says why', async (args, message) => {
    const { code, stderr } = await failing(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('shows help when asked', async () => {
    expect((await failing(['--help'])).stdout).toMatch(/usage: services run .*REDIS_URL/s);
    expect((await failing(['list'])).stdout).toMatch(/^redis .*\n.*^chromium /ms);
  });
});
