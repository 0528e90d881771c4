import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { fileSizeLimitOf, mountsAt } from '../injection/index.ts';
import { killProcess } from '../processes/index.ts';
import { closing, disk, folder, MiB, privileged, write } from './disk.fixture.ts';
import { fileSizeLimited, fullDisk, smallDisk } from './index.ts';

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

  test('may be written to again also by what was started meanwhile', async () => {
    const parent = spawn('sh', ['-c', 'read line; sleep 600 & echo $!; wait'], { stdio: 'pipe' });
    closing.push(() => killProcess(parent));
    const limited = fileSizeLimited([parent]);
    parent.stdin.write('go on\n');
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pids = [parent.pid as number, Number(line.toString())];
    expect(pids.map(fileSizeLimitOf)).toEqual([0, 0]);
    await limited.end();
    expect(pids.map(fileSizeLimitOf)).toEqual([fileSizeLimitOf(process.pid), fileSizeLimitOf(process.pid)]);
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
    const made = await disk('folder');
    expect(() => fullDisk(made, { leaveBytes: Number.NaN })).toThrow(`0 to ${4 * MiB}; got NaN`);
    expect(() => fileSizeLimited(['this'], { bytes: -1 })).toThrow('0 or more; got -1');
    expect(() => fileSizeLimited([2 ** 22 + 1])).toThrow('cannot be limited: no such process runs');
  });
});
