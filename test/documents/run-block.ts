import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { CodeBlock, Complaint } from './code-blocks.ts';

const repository = resolve(import.meta.dirname, '../..');
const timeoutMs = 60_000;

/** Runs a block's program to its end, from the root of the repository; complains when it fails or takes a minute. */
export async function runBlock(block: CodeBlock, command: readonly string[]): Promise<Complaint[]> {
  const [program = '', ...args] = command;
  const path = `${join(repository, 'node_modules/.bin')}:${process.env['PATH']}`;
  const { promise, resolve: answer } = Promise.withResolvers<Complaint[]>();
  execFile(
    program,
    args,
    { cwd: repository, env: { ...process.env, PATH: path }, timeout: timeoutMs },
    (error, stdout, stderr) => {
      const how =
        error?.killed === true ? `did not end within ${timeoutMs / 1000} s` : 'failed when it was run';
      answer(error === null ? [] : [`${block.file}:${block.line}: ${how}\n${stdout}${stderr}`.trimEnd()]);
    },
  );
  return promise;
}
