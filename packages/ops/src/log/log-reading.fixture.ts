import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type LogEntry, logFilesOf } from './index.ts';

/** A folder for one test, and the way to remove it. */
export function newFolder(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'log-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** All entries of a log, oldest file first. Throws when a line is none. */
export function entriesOf(path: string): LogEntry[] {
  return linesOf(path).map((line) => JSON.parse(line) as LogEntry);
}

export function messagesOf(path: string): string[] {
  return entriesOf(path).map(({ message }) => message);
}

export function linesOf(path: string): string[] {
  return logFilesOf(dirname(path), basename(path)).flatMap((file) => {
    const bytes = readFileSync(file.path);
    return (file.isCompressed ? gunzipSync(bytes) : bytes).toString().split('\n').filter(Boolean);
  });
}

/** Starts `fixtures/writing-process.ts`. */
export function writingProcess(task: object, options: { readonly uid?: number } = {}) {
  const module = join(import.meta.dirname, 'fixtures', 'writing-process.ts');
  const child = spawn(process.execPath, [module, JSON.stringify(task)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...options,
  });
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const exited = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  return {
    child: child as ChildProcess,
    exited,
    get stderr() {
      return errors;
    },
    /** Resolves when it has written all. */
    written: () => Promise.race([once(child.stdout, 'data'), exited]),
  };
}
