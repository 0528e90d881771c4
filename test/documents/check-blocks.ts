import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
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
  return inModuleFolder(async (folder) => {
    const files = writeBlocks(
      folder,
      blocks.filter(({ language }) => language === 'ts'),
    );
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

/** In the repository, so that the blocks' imports find the workspaces; in a folder that git ignores. */
async function inModuleFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const parent = join(repository, '.sustain');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'documents-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function writeBlocks(folder: string, blocks: readonly CodeBlock[]): BlockFile[] {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  return blocks.map((block) => {
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
