import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@sustain/kernel';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { mountsAt } from '../injection/index.ts';
import {
  type DiskKind,
  fileSizeLimited,
  fullDisk,
  type ReadOnlyBy,
  readOnly,
  type SmallDisk,
  slowDisk,
  smallDisk,
} from './index.ts';

const MiB = 2 ** 20;
const isRoot = process.getuid?.() === 0;
const closing: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** What this machine gives: with CI set on a machine without it, what needs it fails. */
const gives: Record<'tmpfs' | 'image', boolean> = {
  tmpfs: await mounts('tmpfs'),
  image: await mounts('image'),
};
const privileged = process.env['CI'] ? true : gives.tmpfs && gives.image;

async function mounts(kind: DiskKind): Promise<boolean> {
  const disk = await smallDisk({ kind }).catch(() => undefined);
  await disk?.close();
  return disk !== undefined;
}

async function disk(kind?: DiskKind, sizeBytes = 4 * MiB): Promise<SmallDisk> {
  const made = await smallDisk({ sizeBytes, kind });
  closing.push(() => made.close());
  return made;
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'sustain-disk-test-'));
  closing.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** `done`, or the code of the error. */
function attempt(work: () => unknown): string {
  try {
    work();
    return 'done';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

const write = (path: string, bytes = 5000) => attempt(() => writeFileSync(path, 'x'.repeat(bytes)));

/** A process that writes when it is told. */
async function writer(path: string) {
  const script = fileURLToPath(new URL('./fixtures/writer.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  closing.push(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout as NonNullable<typeof child.stdout> })[
    Symbol.asyncIterator
  ]();
  const hear = async () => (await lines.next()).value as string;
  expect(await hear()).toBe('ready');
  const write = () => {
    child.stdin?.write('\n');
    return hear();
  };
  return { child, write };
}

describe('a disk that is full', () => {
  test.skipIf(!privileged).each(['tmpfs', 'image'] as const)('(%s) has no space left', async (kind) => {
    const { path, ...made } = await disk(kind);
    expect(write(join(path, 'before'))).toBe('done');
    const full = fullDisk({ path, ...made });
    expect(full.substitute).toBeUndefined();
    expect(full.what).toBe(`a full disk (${kind} of 4 MiB)`);
    expect(write(join(path, 'while'))).toBe('ENOSPC');
    expect(readFileSync(join(path, 'before'), 'utf8')).toHaveLength(5000);
    await full.end();
    expect(write(join(path, 'after'), MiB)).toBe('done');
  });

  test.skipIf(!privileged)('leaves as much free as it is told to', async () => {
    const made = await disk('tmpfs');
    const full = fullDisk(made, { leaveBytes: 100_000 });
    expect(write(join(made.path, 'small'), 90_000)).toBe('done');
    expect(write(join(made.path, 'large'), 90_000)).toBe('ENOSPC');
    await full.end();
  });

  test.skipIf(!privileged)('is removed with all that is on it, also while files are open', async () => {
    const made = await disk('tmpfs');
    const file = await openFile(join(made.path, 'open'), 'w');
    await Promise.all([made.close(), made.close()]);
    expect(mountsAt(made.path)).toBe(0);
    expect(existsSync(made.path)).toBe(false);
    await file.close();
  });

  test('that is but a folder is a limit for the processes, which is said, and they can write again', async () => {
    const made = await disk('folder');
    const { child, write } = await writer(join(made.path, 'file'));
    expect(await write()).toBe('done');
    const full = fullDisk(made, { processes: [child] });
    expect(full.what).toBe('a full disk');
    expect(full.substitute).toBe(`no files beyond 0 bytes for process ${child.pid} (EFBIG)`);
    expect(await write()).toBe('EFBIG');
    await full.end();
    expect(await write()).toBe('done');
  });

  test('may be so for this very process, up to a size', async () => {
    const path = join(folder(), 'file');
    const limited = fileSizeLimited(['this'], { bytes: 1000 });
    const outcomes = [write(path, 1000), write(path, 1001)];
    await limited.end();
    expect(outcomes).toEqual(['done', 'EFBIG']);
    expect(write(path, 1001)).toBe('done');
    expect(limited.substitute).toBeUndefined();
  });

  test('that makes no sense is refused', async () => {
    await expect(smallDisk({ sizeBytes: 1000 })).rejects.toThrow('1 to 256 MiB; got 1000');
    expect(() => fileSizeLimited(['this'], { bytes: -1 })).toThrow('0 or more; got -1');
    expect(() => fileSizeLimited([2 ** 22 + 1])).toThrow('cannot be limited: no such process runs');
  });
});

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

describe('a disk that is slow', () => {
  test.skipIf(!privileged)('stalls whoever writes, in spite of itself, until that ends', async () => {
    const made = await disk('image', 8 * MiB);
    const slow = slowDisk(made, { stallMs: 300, pauseMs: 30 });
    closing.push(() => slow.end());
    expect(slow.substitute).toBeUndefined();
    const while_ = await longestWriteMs(made.path, 900);
    await slow.end();
    const after = await longestWriteMs(made.path, 300);
    console.log(
      `a write takes up to ${while_.toFixed(0)} ms while it stalls, and ${after.toFixed(0)} ms after`,
    );
    expect(while_).toBeGreaterThan(200);
    expect(after).toBeLessThan(200);
  });

  test.skipIf(!privileged)('is thawed when it is closed in the midst of a stall', async () => {
    const made = await disk('image', 8 * MiB);
    const slow = slowDisk(made, { stallMs: 60_000, pauseMs: 10 });
    const file = await openFile(join(made.path, 'file'), 'w');
    const writing = longestWriteMs(made.path, 1);
    await slow.end();
    await writing;
    await file.close();
    await made.close();
    expect(mountsAt(made.path)).toBe(0);
  });

  test('that cannot stall has others who write and sync on it, which is said', async () => {
    const made = await disk('folder');
    const before = await longestWriteMs(made.path, 200);
    const slow = slowDisk(made, { writers: 2 });
    expect(slow.substitute).toBe('2 processes that write and sync on the same disk');
    await vi.waitFor(() => expect(existsSync(join(made.path, '.writer-2'))).toBe(true), { timeout: 10_000 });
    const while_ = await longestWriteMs(made.path, 400);
    await slow.end();
    console.log(
      `beside two writers a write takes up to ${while_.toFixed(0)} ms, ${before.toFixed(0)} before`,
    );
    expect(existsSync(join(made.path, '.writer-1'))).toBe(false);
    expect(existsSync(join(made.path, '.writer-2'))).toBe(false);
  });

  test('that makes no sense is refused', async () => {
    const made = await disk('folder');
    expect(() => slowDisk(made, { stallMs: 1 })).toThrow('stallMs must be 10 to 60,000; got 1');
    expect(() => slowDisk(made, { writers: 0 })).toThrow('writers must be 1 to 16; got 0');
  });
});

/** Writes and syncs again and again for about so long; how long one write took at most. */
async function longestWriteMs(path: string, forMs: number): Promise<number> {
  const startMs = systemClock.monotonicMs();
  let longestMs = 0;
  const file = await openFile(join(path, 'timed'), 'w');
  do {
    const beforeMs = systemClock.monotonicMs();
    await file.write('x');
    await file.sync();
    longestMs = Math.max(longestMs, systemClock.monotonicMs() - beforeMs);
  } while (systemClock.monotonicMs() - startMs < forMs);
  await file.close();
  return longestMs;
}
