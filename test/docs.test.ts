import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkBlocks } from './documents/check-blocks.ts';
import { codeBlocksOf } from './documents/code-blocks.ts';

const repository = resolve(import.meta.dirname, '..');
const places = ['*.md', 'docs/**/*.md', 'packages/*/*.md', 'systems/*/*.md', 'studio/*.md', 'bench/*.md'];

/** The subcommands of `sustain`, as its help tells them. */
function sustainCommands(): ReadonlySet<string> {
  const help = execFileSync(process.execPath, ['studio/src/main.ts', '--help'], {
    cwd: repository,
    encoding: 'utf8',
  });
  const [, list = ''] = help.split('Commands:\n');
  return new Set([...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map((match) => match[1] ?? ''));
}

describe('the documents', () => {
  it('show only code that compiles, runs, and names what exists', { timeout: 120_000 }, async () => {
    const files = globSync(places, { cwd: repository });
    expect(files).toContain('README.md');
    const blocks = files.flatMap((file) => codeBlocksOf(file, readFileSync(join(repository, file), 'utf8')));
    expect(await checkBlocks(blocks, sustainCommands())).toEqual([]);
  });
});
