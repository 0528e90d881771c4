import { spawnSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  ConfigurationManager,
  defineConfiguration,
  defineSection,
  type Reloaded,
  watchConfiguration,
} from './index.ts';

const definition = defineConfiguration({
  audio: defineSection({ schema: z.strictObject({ gain: z.number() }), defaults: { gain: 1 } }),
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sustain-watch-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A manager that watches, and the way to wait for what becomes of the next change. */
function watched(file: string) {
  const manager = new ConfigurationManager(definition, { file, environment: {} });
  const reloads = new EventEmitter();
  const stop = watchConfiguration(manager, {
    file,
    onReload: (reloaded) => reloads.emit('reload', reloaded),
  });
  const next = async () => ((await once(reloads, 'reload')) as [Reloaded])[0];
  return { manager, next, stop, reloads };
}

describe('a file that is watched', () => {
  test('is read again when it is written, and keeps what held while it is broken', async () => {
    const file = join(folder, 'sustain.yaml');
    writeFileSync(file, 'audio: {gain: 2}');
    const { manager, next, stop } = watched(file);
    const first = next();
    writeFileSync(file, 'audio: {gain: 3}');
    expect(await first).toMatchObject({ state: 'changed', paths: ['audio.gain'] });
    const second = next();
    writeFileSync(file, 'audio: {gain: loud}');
    expect(await second).toMatchObject({ state: 'rejected' });
    expect(manager.config.audio.gain).toBe(3);
    stop();
    stop();
  });

  test('is read again when an editor puts a new file in its place', async () => {
    const file = join(folder, 'sustain.yaml');
    writeFileSync(file, 'audio: {gain: 2}');
    const { manager, next, stop } = watched(file);
    for (const gain of [3, 4]) {
      const reloaded = next();
      writeFileSync(`${file}~`, `audio: {gain: ${gain}}`);
      renameSync(`${file}~`, file);
      expect(await reloaded).toMatchObject({ state: 'changed' });
      expect(manager.config.audio.gain).toBe(gain);
    }
    stop();
  });

  test('is read again when it is a link through a folder that changes, as Kubernetes mounts it', async () => {
    for (const [version, gain] of [
      ['one', 2],
      ['two', 3],
    ] as const) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'sustain.yaml'), `audio: {gain: ${gain}}`);
    }
    symlinkSync('one', join(folder, '..data'));
    const file = join(folder, 'sustain.yaml');
    symlinkSync(join('..data', 'sustain.yaml'), file);
    const { manager, next, stop } = watched(file);
    const reloaded = next();
    symlinkSync('two', join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    expect(await reloaded).toMatchObject({ state: 'changed' });
    expect(manager.config.audio.gain).toBe(3);
    stop();
  });

  test('is read although a log in the same folder is written all the time', async () => {
    const file = join(folder, 'sustain.yaml');
    writeFileSync(file, 'audio: {gain: 2}');
    const { next, stop } = watched(file);
    let isOver = false;
    const writing = (async () => {
      for (let line = 0; !isOver; line++) {
        writeFileSync(join(folder, 'bot.log'), `${line}\n`, { flag: 'a' });
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const reloaded = next();
    writeFileSync(file, 'audio: {gain: 3}');
    expect(await reloaded).toMatchObject({ state: 'changed' });
    isOver = true;
    await writing;
    stop();
  });
});

test('a broken file is told once, also when what tells it writes into the same folder', async () => {
  const file = join(folder, 'sustain.yaml');
  writeFileSync(file, 'audio: {gain: 2}');
  const { manager, reloads, stop } = watched(file);
  let told = 0;
  reloads.on('reload', ({ state }: Reloaded) => {
    if (state === 'rejected') told++;
    writeFileSync(join(folder, 'bot.log'), `${state}\n`, { flag: 'a' });
  });
  writeFileSync(file, 'audio: {gain: loud}');
  await once(reloads, 'reload');
  await new Promise((resolve) => setTimeout(resolve, 1000));
  writeFileSync(file, 'audio: {gain: 3}');
  await once(reloads, 'reload');
  expect(manager.config.audio.gain).toBe(3);
  expect(told).toBe(1);
  stop();
});

/** Runs a program as a user who may not do everything; as root that is nobody. */
function asNobody(program: string) {
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    ...user,
    encoding: 'utf8',
    timeout: 30_000,
    cwd: import.meta.dirname,
  });
}

describe('in a process of its own', () => {
  test('a file that may not be read is refused with the cure', () => {
    const file = join(folder, 'sustain.yaml');
    writeFileSync(file, 'audio: {}');
    chmodSync(folder, 0o755);
    chmodSync(file, 0o000);
    const { stdout, stderr } = asNobody(`
      import { readTextFile } from ${JSON.stringify(join(import.meta.dirname, 'read-file.ts'))};
      console.log(JSON.stringify(readTextFile(${JSON.stringify(file)})));
    `);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      state: 'broken',
      problem: 'may not be read (EACCES)',
      cure: 'give the user that runs this program the right to read it',
    });
  });

  test('watching holds no process open', () => {
    const file = join(folder, 'sustain.yaml');
    writeFileSync(file, 'audio: {}');
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `
        import { ConfigurationManager, defineConfiguration, watchConfiguration } from './index.ts';
        const file = ${JSON.stringify(file)};
        const manager = new ConfigurationManager(defineConfiguration({}), { defaultFile: '/nowhere.yaml', environment: {} });
        watchConfiguration(manager, { file });
      `,
      ],
      { encoding: 'utf8', timeout: 30_000, cwd: import.meta.dirname },
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});
