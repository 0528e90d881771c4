import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { mountsAt } from '../injection/index.ts';
import { isRunning, stateOf } from '../process-tree/index.ts';
import { closing, privileged, write } from './disk.fixture.ts';

describe('disks that were broken by a runner that is killed', () => {
  test.skipIf(!privileged)('are mended, and those of its own are gone', async () => {
    const script = fileURLToPath(new URL('./fixtures/breaker.ts', import.meta.url));
    const runner = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    closing.push(() => runner.kill('SIGKILL'));
    const [line] = (await once(createInterface({ input: runner.stdout }), 'line')) as [string];
    const { root, folders, disks, writer } = JSON.parse(line) as {
      readonly root: string;
      readonly folders: readonly string[];
      readonly disks: readonly string[];
      readonly writer: number;
    };
    closing.push(() => rmSync(root, { recursive: true, force: true }));
    const files = () => folders.map((name) => write(join(root, name, 'inner', 'file')));
    expect(files()).toEqual(['EROFS', 'EPERM', 'ENOTDIR']);
    expect(disks.map(mountsAt)).toEqual([1, 1]);
    await vi.waitFor(() => expect(stateOf(writer)).toBe('D'), { timeout: 10_000 }); // no signal reaches it
    runner.kill('SIGKILL');
    await vi.waitFor(
      () => {
        expect(disks.map(mountsAt)).toEqual([0, 0]);
        expect(disks.map(existsSync)).toEqual([false, false]);
        expect(isRunning(writer)).toBe(false);
        expect(files()).toEqual(['done', 'done', 'done']);
      },
      { timeout: 10_000 },
    );
  });
});
