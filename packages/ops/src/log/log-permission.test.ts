import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { newFolder } from './log-reading.fixture.ts';

it('a folder without permission stops nobody: what is logged goes to stderr, the fault is told once, all is counted', () => {
  const { folder, remove } = newFolder();
  try {
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, 'logs'), { mode: 0o555 });
    const module = join(import.meta.dirname, 'fixtures', 'unwelcome-process.ts');
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [module, join(folder, 'logs', 'bot.log')],
      {
        encoding: 'utf8',
      },
    );
    expect(status, stderr).toBe(0);
    expect(stderr).toContain('| ERROR    | bot - seen all the same\n');
    expect(stderr.match(/LOG_FOLDER_UNUSABLE: [^\n]*bot\.log/g)).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({ writtenLines: 0, diskErrors: 2 });
  } finally {
    remove();
  }
});
