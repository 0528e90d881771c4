import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type DiskKind, type SmallDisk, smallDisk } from './index.ts';

export const MiB = 2 ** 20;

/** What is closed after each test, the last first. */
export const closing: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Whether this machine lets us mount; what there is instead is tested everywhere. */
export const privileged = (await mounts('tmpfs')) && (await mounts('image'));
if (!privileged) console.log('no disks are mounted here, as that takes the privileges of root');

async function mounts(kind: DiskKind): Promise<boolean> {
  const disk = await smallDisk({ kind }).catch(() => undefined);
  await disk?.close();
  return disk !== undefined;
}

export async function disk(kind?: DiskKind, sizeBytes = 4 * MiB): Promise<SmallDisk> {
  const made = await smallDisk({ sizeBytes, kind });
  closing.push(() => made.close());
  return made;
}

export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'sustain-disk-test-'));
  closing.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** `done`, or the code of the error. */
export function attempt(work: () => unknown): string {
  try {
    work();
    return 'done';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

export const write = (path: string, bytes = 5000) => attempt(() => writeFileSync(path, 'x'.repeat(bytes)));
