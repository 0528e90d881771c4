import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mountsAt } from '../injection/index.ts';
import { attempt, closing, disk, folder, privileged, write } from './disk.fixture.ts';
import { type ReadOnlyBy, readOnly } from './index.ts';

const isRoot = process.getuid?.() === 0;

/** What root lacks in most containers. */
const LESS = '-sys_admin,-linux_immutable';

/** A folder with a file and a folder in it. */
function filled(): string {
  const path = join(folder(), 'filled');
  mkdirSync(join(path, 'inner'), { recursive: true });
  writeFileSync(join(path, 'inner', 'file'), 'as it was');
  return path;
}

describe('a folder that is read-only', () => {
  const ways: readonly (readonly [ReadOnlyBy, string, string])[] = [
    ['mount', 'EROFS', 'EROFS'],
    ['immutable', 'EPERM', 'EPERM'],
    ['obstacle', 'ENOTDIR', 'ENOTDIR'],
  ];

  test.skipIf(!privileged).each(ways)('by %s refuses root as well', async (by, toMake, toChange) => {
    const path = filled();
    const injection = await readOnly(path, { by });
    closing.push(() => injection.end());
    expect(write(join(path, 'new'))).toBe(toMake);
    expect(write(join(path, 'inner', 'file'))).toBe(toChange);
    expect(attempt(() => unlinkSync(join(path, 'inner', 'file')))).toBe(toChange);
    expect(injection.substitute === undefined).toBe(by === 'mount');
    await Promise.all([injection.end(), injection.end()]);
    expect(readFileSync(join(path, 'inner', 'file'), 'utf8')).toBe('as it was');
    expect(write(join(path, 'new'))).toBe('done');
    expect(mountsAt(path)).toBe(0);
  });

  test.skipIf(!privileged)('is so no more after a hard end that came before it was', async () => {
    const path = filled();
    const injection = await readOnly(path, { by: 'mount', maxMs: 1 });
    expect(injection.endedBy).toBe('hard-end');
    expect(mountsAt(path)).toBe(0);
    expect(write(join(path, 'new'))).toBe('done');
  });

  test('takes the first way that works, and by obstacle it works everywhere', async () => {
    const path = filled();
    const first = await readOnly(path);
    expect(first.substitute === undefined).toBe(privileged);
    expect(write(join(path, 'new'))).not.toBe('done');
    await first.end();
    const last = await readOnly(path, { by: 'obstacle' });
    expect(last.substitute).toBe('a file where the folder should be (ENOTDIR)');
    expect(write(join(path, 'new'))).toBe('ENOTDIR');
    await last.end();
    expect(write(join(path, 'new'))).toBe('done');
  });

  test.skipIf(!privileged)('may be a disk, and that stays when it ends', async () => {
    const made = await disk('tmpfs');
    writeFileSync(join(made.path, 'file'), '1');
    const injection = await readOnly(made.path);
    expect(mountsAt(made.path)).toBe(2);
    expect(write(join(made.path, 'file'))).toBe('EROFS');
    await injection.end();
    expect(mountsAt(made.path)).toBe(1);
    expect(write(join(made.path, 'file'))).toBe('done');
  });

  test.skipIf(!privileged)(
    'by mode is refused to root, who does not care, and nothing is changed',
    async () => {
      const path = filled();
      const modeBefore = statSync(path).mode;
      await expect(readOnly(path, { by: 'mode' })).rejects.toMatchObject({ code: 'PRIVILEGE_MISSING' });
      expect(statSync(path).mode).toBe(modeBefore);
    },
  );

  test.each([
    ['who has no privilege by mode', '-all', 'files without the mode to write (EACCES)', 'EACCES'],
    [
      'who may do all but that by an obstacle',
      LESS,
      'a file where the folder should be (ENOTDIR)',
      'ENOTDIR',
    ],
  ])('stops root %s', { skip: !isRoot }, (_, capabilities, substitute, code) => {
    const path = filled();
    const said = rootWithout(
      capabilities,
      `import { writeFileSync } from 'node:fs';
       import { readOnly } from '${new URL('./index.ts', import.meta.url).href}';
       const attempt = (path) => { try { writeFileSync(path, 'x'); return 'done'; } catch (e) { return e.code; } };
       const path = ${JSON.stringify(path)};
       const injection = await readOnly(path);
       const outcomes = [injection.substitute, attempt(path + '/new'), attempt(path + '/inner/file')];
       await injection.end();
       console.log(JSON.stringify([...outcomes, attempt(path + '/new')]));`,
    );
    expect(said).toEqual([substitute, code, code, 'done']);
  });

  test('is a folder', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    await expect(readOnly(file)).rejects.toThrow('only folders can be made read-only');
  });
});

/** What a program prints that runs as root, without some of its privileges. */
function rootWithout(capabilities: string, code: string): unknown {
  const node = [process.execPath, '--input-type=module', '-e', code];
  const args = ['--inh-caps=-all', `--bounding-set=${capabilities}`, '--', ...node];
  return JSON.parse(execFileSync('setpriv', args, { encoding: 'utf8', cwd: '/' }));
}
