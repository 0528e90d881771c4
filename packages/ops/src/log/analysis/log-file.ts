import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { analysisFaults } from './analysis-faults.ts';

/** A file of log lines. */
export interface LogFile {
  readonly path: string;
  /** Whether it is gzipped. */
  readonly compressed: boolean;
}

/**
 * The log files in a folder, of all programs and processes, in the order of their names; or the one file that `path` is.
 * A log is what has `.log`, `.jsonl` or `.ndjson` in its name, as an ending or before that of a rotation: `bot.log`,
 * `bot.2.log`, `bot.log.1`, `bot.2026-11-22.log.gz`. Rejects with LOGS_NOT_FOUND when there is none, or none may be listed.
 */
export async function findLogFiles(path: string): Promise<LogFile[]> {
  const found = await read(path, async () => {
    if (!(await stat(path)).isDirectory()) return [logFile(path)];
    return listLogFiles(path);
  });
  if (found.length === 0)
    throw analysisFaults.LOGS_NOT_FOUND({ path, reason: 'no file in it is named *.log' });
  return found;
}

/**
 * The same, where none is no fault. A file that is there gzipped and plain, as while it is being gzipped, is told once:
 * plain, since that one is whole. Rejects with what the operating system says.
 */
export async function listLogFiles(folder: string): Promise<LogFile[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile() || entry.isSymbolicLink()).map(({ name }) => name);
  const present = new Set(names);
  return names
    .filter((name) => isLogName(name) && !(name.endsWith('.gz') && present.has(name.slice(0, -3))))
    .sort()
    .map((name) => logFile(join(folder, name)));
}

/** Whether a file of this name holds log lines. What is being written under a temporary name does not yet. */
export function isLogName(name: string): boolean {
  return (
    /\.(log|jsonl|ndjson)(\.|$)/.test(name) &&
    !name.startsWith('.') &&
    !/\.(tmp|lock|part|pid|json)$/.test(name)
  );
}

/** Opens a file to read it. Rejects at once of what is no file, such as a pipe that nobody writes to. */
export async function openLogFile(path: string): Promise<{ handle: FileHandle; stats: Stats }> {
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  const stats = await handle.stat();
  if (stats.isFile()) return { handle, stats };
  await handle.close();
  throw analysisFaults.LOGS_NOT_FOUND({ path, reason: 'it is no file' });
}

/** The same file under any name, as long as nobody writes to it. */
export function fileVersion({ dev, ino, size, mtimeMs }: Stats): string {
  return `${dev}:${ino}:${size}:${mtimeMs}`;
}

function logFile(path: string): LogFile {
  return { path, compressed: path.endsWith('.gz') };
}

async function read<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw analysisFaults.LOGS_NOT_FOUND({ path, reason: code ?? message }, { cause });
  }
}
