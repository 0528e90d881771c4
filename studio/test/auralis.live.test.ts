import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { readWav } from '@sustain/audio';
import { describe, expect, test } from 'vitest';
import { emptyFolder, MAIN, type RunningSustain, start, sustain } from './running-sustain.fixture.ts';

const SAMPLE_RATE_HZ = 44_100;

const framesOf = (path: string) => readWav(readFileSync(path)).channels.map((samples) => samples.length);

/** Resolves when there is more than half a second in its only file. */
async function someWritten({ cwd }: RunningSustain): Promise<void> {
  const size = () => readdirSync(cwd).map((name) => statSync(join(cwd, name)).size)[0] ?? 0;
  await expect.poll(size).toBeGreaterThan(100_000);
}

describe('sustain auralis render', () => {
  test('makes a WAV file of the length asked for, the same of the same seed, and says which it took', async () => {
    const folder = emptyFolder();
    const [one, again, other] = ['one.wav', 'again.wav', 'other.wav'].map((name) => join(folder, name));
    const first = await sustain('auralis', 'render', '--seconds', '4.5', one as string);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const seed = /--seed (\d+)\n$/.exec(first.stdout)?.[1] as string;
    await sustain('auralis', 'render', '--seconds', '4.5', '--seed', seed, again as string);
    await sustain('auralis', 'render', '--seconds', '4.5', '--seed', seed, '--key', 'A', other as string);
    expect(framesOf(one as string)).toEqual([4.5 * SAMPLE_RATE_HZ, 4.5 * SAMPLE_RATE_HZ]);
    const [a, b, c] = [one, again, other].map((path) => readFileSync(path as string));
    expect(a?.equals(b as Buffer)).toBe(true);
    expect(a?.equals(c as Buffer)).toBe(false);
  });

  test('shows how far it is on a terminal, and takes that away in the end', () => {
    const path = join(emptyFolder(), 'out.wav');
    const command = `"${process.execPath}" "${MAIN}" auralis render --minutes 4 "${path}"`;
    const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8' });
    expect(stdout).toMatch(/\r\[#+\.*\] \d+ % of 4:00, \d+ times as fast as it plays/);
    const end = stdout.slice(stdout.lastIndexOf('\r\x1b[K'));
    expect(end).toMatch(/out\.wav: 4:00, peak -\d+\.\d dBFS, .*--seed \d+\r\n$/);
  });

  test('Ctrl-C leaves nothing behind, or with --keep-partial what there was, whole as far as it goes', async () => {
    for (const flags of [[], ['--keep-partial']]) {
      const run = start(['auralis', 'render', '--minutes', '390', ...flags, 'out.wav']);
      await someWritten(run);
      run.child.kill('SIGINT');
      expect(await run.exit).toEqual({ code: 130, signal: null });
      expect(existsSync(join(run.cwd, 'out.wav'))).toBe(false);
      if (flags.length === 0) {
        expect(run.output()).toBe('');
        expect(readdirSync(run.cwd)).toEqual([]);
      } else {
        const part = `out.wav.${run.child.pid}.part`;
        expect(run.stderr()).toContain(`kept as ${part}`);
        expect(framesOf(join(run.cwd, part))[0]).toBeGreaterThan(0);
      }
    }
  });

  test('writes over a file only with --force', async () => {
    const path = join(emptyFolder(), 'out.wav');
    writeFileSync(path, 'precious');
    const refused = await sustain('auralis', 'render', '--seconds', '1', path);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/out\.wav is there already: name another file, or .* --force\n$/);
    expect(readFileSync(path, 'utf8')).toBe('precious');
    expect(await sustain('auralis', 'render', '--seconds', '1', '--force', path)).toMatchObject({ code: 0 });
    expect(framesOf(path)).toEqual([SAMPLE_RATE_HZ, SAMPLE_RATE_HZ]);
  });

  test.each([
    [['auralis', '--help'], 0, /render[\s\S]*record/],
    [['auralis'], 2, /Usage: sustain auralis/],
    [['auralis', 'render', '--help'], 0, /--intensity <share>/],
    [['auralis', 'render'], 2, /missing required argument 'file'/],
    [['auralis', 'render', '--minutes', '0', 'out.wav'], 2, /a length is a number above 0/],
    [['auralis', 'render', '--minutes', '1e3', 'out.wav'], 2, /a length is a number above 0/],
    [['auralis', 'render', '--minutes', '1', '--seconds', '1', 'out.wav'], 2, /cannot be used with/],
    [['auralis', 'render', '--key', 'H', 'out.wav'], 2, /key must be one of C, C#, .*; got "H"/],
    [['auralis', 'render', '--tempo', '400', 'out.wav'], 2, /tempoBpm must be a number from 40 to 140/],
    [['auralis', 'render', '--intensity', '2', 'out.wav'], 2, /intensity must be a number from 0 to 1/],
    [['auralis', 'render', '--minutes', '500', 'out.wav'], 1, /at most 4294967250 bytes .*split/],
    [['auralis', 'render', '--seconds', '1', 'none/out.wav'], 1, /ENOENT/],
    [['auralis', 'record', '--help'], 0, /Ctrl-C finishes the file/],
    [['auralis', 'record', '--url', 'http://localhost', 'out.wav'], 2, /an address like ws:\/\/127/],
    [['auralis', 'record', '--url', 'ws://127.0.0.1:1/', 'out.wav'], 1, /cannot be heard: .*ECONNREFUSED/],
  ])('%j exits with %d and leaves no file', async (args, code, says) => {
    const run = start(args);
    expect(await run.exit).toEqual({ code, signal: null });
    expect(run.output()).toMatch(says);
    expect(readdirSync(run.cwd)).toEqual([]);
  });
});

/** A studio that plays, on a free port. */
async function playing(): Promise<{ readonly studio: RunningSustain; readonly url: string }> {
  const studio = start(['up', 'auralis', '--port', '0']);
  const origin = await studio.printed(/health {3}(http:\/\/127\.0\.0\.1:\d+)\/health/);
  return { studio, url: `${origin.replace('http', 'ws')}/auralis/stream` };
}

describe('sustain auralis record', () => {
  test('writes what is played, as long as was asked for, and says what was missing', async () => {
    const { url } = await playing();
    const path = join(emptyFolder(), 'heard.wav');
    const { stdout, stderr, code } = await sustain('auralis', 'record', '--seconds', '2', '--url', url, path);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout).toMatch(/heard\.wav: 0:02 \(88200 sample frames\); no gaps; concealed 0\.00 s\n$/);
    expect(framesOf(path)).toEqual([88_200, 88_200]);
  });

  test('shows length, level and gaps on a terminal', async () => {
    const { url } = await playing();
    const path = join(emptyFolder(), 'shown.wav');
    const command = `"${process.execPath}" "${MAIN}" auralis record --seconds 2 --url ${url} "${path}"`;
    const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8' });
    expect(stdout).toMatch(/\r\[#+\.*\] 0:01 of 0:02, (-\d+ dBFS|silent), no gaps/);
  });

  test.each([
    [['--minutes', '5'], 130],
    [[], 0],
  ])('Ctrl-C finishes the file: %j exits with %d', async (flags, code) => {
    const { url } = await playing();
    const run = start(['auralis', 'record', ...flags, '--url', url, 'out.wav']);
    await someWritten(run);
    run.child.kill('SIGINT');
    expect(await run.exit).toEqual({ code, signal: null });
    expect(run.stderr()).toBe('');
    expect(readdirSync(run.cwd)).toEqual(['out.wav']);
    const frames = Number(/\((\d+) sample frames\)/.exec(run.stdout())?.[1]);
    expect(framesOf(join(run.cwd, 'out.wav'))).toEqual([frames, frames]);
    expect(frames).toBeGreaterThan(SAMPLE_RATE_HZ / 2);
  });

  test('what was heard of a server that ends stays, and is whole', async () => {
    const { studio, url } = await playing();
    const run = start(['auralis', 'record', '--url', url, 'out.wav']);
    await someWritten(run);
    studio.child.kill('SIGKILL');
    await run.printed(/(ECONNREFUSED.*; trying again in \d\.\d s)/);
    run.child.kill('SIGINT');
    expect(await run.exit).toEqual({ code: 0, signal: null });
    expect(framesOf(join(run.cwd, 'out.wav'))[0]).toBeGreaterThan(SAMPLE_RATE_HZ / 2);
  });
});
