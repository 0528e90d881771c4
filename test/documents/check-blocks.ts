import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { CodeBlock, Complaint } from './code-blocks.ts';
import { runBlock } from './run-block.ts';
import { checkShell } from './shell-commands.ts';
import { type BlockFile, typeCheck } from './type-check.ts';

const repository = resolve(import.meta.dirname, '../..');

/** Languages that are shown and not checked. */
const shown: ReadonlySet<string> = new Set(['text', 'hex', 'mermaid']);

/**
 * Checks code blocks by their language, and answers what is wrong, if anything:
 * - `ts` has to compile and to run to its end without failing; with the flag `no-run` only to compile;
 * - `sh` has to name commands that exist; with the flag `run` it has to succeed;
 * - `json` has to parse.
 */
export async function checkBlocks(
  blocks: readonly CodeBlock[],
  sustainCommands: ReadonlySet<string>,
): Promise<Complaint[]> {
  const complaints = blocks.flatMap((block) => checkText(block, sustainCommands));
  const runs = blocks
    .filter(({ language, flags }) => language === 'sh' && flags.includes('run'))
    .map((block) => () => runBlock(block, ['bash', '-euo', 'pipefail', '-c', block.text]));
  const typed = blocks.filter(({ language }) => language === 'ts');
  return inModuleFolders(typed, async (folders) => {
    const files = writeBlocks(folders, typed);
    complaints.push(...typeCheck(files));
    for (const { block, path } of files) {
      if (!block.flags.includes('no-run')) runs.push(() => runBlock(block, [process.execPath, path]));
    }
    return [...complaints, ...(await inParallel(runs)).flat()];
  });
}

function checkText(block: CodeBlock, sustainCommands: ReadonlySet<string>): Complaint[] {
  const { file, line, language, text } = block;
  if (language === 'sh') return checkShell(block, sustainCommands);
  if (language === 'json') return checkJson(block, text);
  if (language === 'ts' || shown.has(language)) return [];
  const known = ['ts', 'sh', 'json', ...shown].join(', ');
  return [`${file}:${line}: the language of a block must be one of ${known}; got "${language}"`];
}

function checkJson({ file, line }: CodeBlock, text: string): Complaint[] {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    return [`${file}:${line}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** One beside each document, so that its blocks' imports find what its workspace has; folders that git ignores. */
async function inModuleFolders<T>(
  blocks: readonly CodeBlock[],
  work: (folders: ReadonlyMap<string, string>) => Promise<T>,
): Promise<T> {
  const folders = new Map<string, string>();
  try {
    for (const place of new Set(blocks.map(({ file }) => dirname(file)))) {
      const parent = join(repository, place, '.sustain');
      mkdirSync(parent, { recursive: true });
      folders.set(place, mkdtempSync(join(parent, 'documents-')));
    }
    return await work(folders);
  } finally {
    for (const folder of folders.values()) rmSync(folder, { recursive: true });
  }
}

function writeBlocks(folders: ReadonlyMap<string, string>, blocks: readonly CodeBlock[]): BlockFile[] {
  for (const folder of folders.values()) {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  }
  return blocks.map((block) => {
    const folder = folders.get(dirname(block.file)) as string;
    const path = join(folder, `${block.file.replaceAll('/', '-')}-${block.line}.ts`);
    writeFileSync(path, block.text);
    return { block, path };
  });
}

async function inParallel<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  const waiting = tasks.values();
  const worker = async () => {
    for (const task of waiting) results.push(await task());
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}
