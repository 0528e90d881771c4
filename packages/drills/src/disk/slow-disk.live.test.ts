import { existsSync, statSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@sustain/kernel';
import { describe, expect, test, vi } from 'vitest';
import { mountsAt } from '../injection/index.ts';
import { closing, disk, MiB, privileged } from './disk.fixture.ts';
import { slowDisk } from './index.ts';

describe('a disk that is slow', () => {
  test.skipIf(!privileged)('stalls whoever writes, in spite of itself, until that ends', async () => {
    const made = await disk('image', 8 * MiB);
    const slow = slowDisk(made, { stallMs: 300, pauseMs: 30 });
    closing.push(() => slow.end());
    expect(slow.substitute).toBeUndefined();
    const while_ = await longestWriteMs(made.path, 900);
    await slow.end();
    const after = await writesMs(made.path, 300);
    console.log(`a write takes up to ${while_.toFixed(0)} ms while it stalls, and ${inWords(after)} after`);
    expect(while_).toBeGreaterThan(200);
    expect(Math.min(...after)).toBeLessThan(200); // how long they take at most is up to the machine
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
    const before = await writesMs(made.path, 1000);
    const slow = slowDisk(made);
    expect(slow.substitute).toBe('4 processes that write and sync on the same disk');
    const written = () => [1, 2, 3, 4].map((each) => sizeOf(join(made.path, `.writer-${each}`)));
    await vi.waitFor(() => expect(Math.min(...written())).toBeGreaterThan(MiB), { timeout: 20_000 });
    const beside = await writesMs(made.path, 2000);
    await slow.end();
    // How slow it gets is up to the machine: that they write is all that can be promised.
    console.log(`a write takes ${inWords(before)}; beside four writers ${inWords(beside)}`);
    expect(existsSync(join(made.path, '.writer-1'))).toBe(false);
    expect(existsSync(join(made.path, '.writer-4'))).toBe(false);
  });

  test('that makes no sense is refused', async () => {
    const made = await disk('folder');
    expect(() => slowDisk(made, { stallMs: 1 })).toThrow('stallMs must be 10 to 60,000; got 1');
    expect(() => slowDisk(made, { writers: 0 })).toThrow('writers must be 1 to 16; got 0');
    expect(() => slowDisk({ ...made, kind: 'tmpfs' })).toThrow('a tmpfs cannot be slow');
  });
});

/** Writes and syncs again and again for about so long; how long each took. */
async function writesMs(path: string, forMs: number): Promise<number[]> {
  const startMs = systemClock.monotonicMs();
  const all: number[] = [];
  const file = await openFile(join(path, 'timed'), 'w');
  do {
    const beforeMs = systemClock.monotonicMs();
    await file.write('x');
    await file.sync();
    all.push(systemClock.monotonicMs() - beforeMs);
  } while (systemClock.monotonicMs() - startMs < forMs);
  await file.close();
  return all;
}

const longestWriteMs = async (path: string, forMs: number) => Math.max(...(await writesMs(path, forMs)));

function inWords(allMs: readonly number[]): string {
  const sorted = allMs.toSorted((a, b) => a - b);
  const [median = 0, longest = 0] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  return `${median.toFixed(2)} ms, ${longest.toFixed(0)} at most`;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
