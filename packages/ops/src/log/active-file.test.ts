import { closeSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { ActiveFile } from './active-file.ts';
import { newFolder } from './log-reading.fixture.ts';

it('closed twice, it closes no files that have its numbers by then', async () => {
  const { folder, remove } = newFolder();
  const path = join(folder, 'bot.log');
  const file = ActiveFile.open(path, 0);
  const free = openSync(path, 'r');
  closeSync(free);
  file.close();
  // Systems give the lowest number that is free.
  const strangers: number[] = [];
  await vi.waitUntil(() => strangers.push(openSync(path, 'r')) > 0 && strangers.includes(free - 1));
  file.close();
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  for (const stranger of strangers) {
    expect(fstatSync(stranger).isFile()).toBe(true);
    closeSync(stranger);
  }
  remove();
});
