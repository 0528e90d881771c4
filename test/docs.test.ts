import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkBlocks } from './documents/check-blocks.ts';
import { codeBlocksOf } from './documents/code-blocks.ts';
import { brokenLinks } from './documents/links.ts';

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

const documents = globSync(places, { cwd: repository }).map((file) => ({
  file,
  text: readFileSync(join(repository, file), 'utf8'),
}));

describe('the documents', () => {
  it('show only code that compiles, runs, and names what exists', { timeout: 120_000 }, async () => {
    expect(documents.map(({ file }) => file)).toContain('README.md');
    const blocks = documents.flatMap(({ file, text }) => codeBlocksOf(file, text));
    expect(await checkBlocks(blocks, sustainCommands())).toEqual([]);
  });

  it('link only to what exists', () => {
    expect(documents.flatMap(({ file, text }) => brokenLinks(file, text))).toEqual([]);
  });
});
