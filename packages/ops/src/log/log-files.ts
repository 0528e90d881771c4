import { readdirSync } from 'node:fs';
import { join, parse } from 'node:path';

/** A file that a log has written. */
export interface LogFileEntry {
  readonly path: string;
  readonly name: string;
  /** Which of several processes writes, or has written, it: 1 for `bot.log`, 2 for `bot.2.log`. */
  readonly slot: number;
  /** Unix milliseconds; absent of the files that are being written. */
  readonly rotatedAtMs?: number;
  /** Whether it is compressed with gzip. */
  readonly isCompressed: boolean;
}

/**
 * The files of the log `name` (`bot.log`) in `folder`, oldest first: those that were rotated, then those that are
 * written to; of all processes, compressed or not. A rotated file that is there twice, as it is while the original
 * of a compressed one is being removed, is told once. Throws what `readdirSync` throws.
 */
export function logFilesOf(folder: string, name: string): readonly LogFileEntry[] {
  return logFilesAmong(readdirSync(folder), folder, name);
}

/** The same of names that are known already. */
export function logFilesAmong(
  names: readonly string[],
  folder: string,
  name: string,
): readonly LogFileEntry[] {
  const { name: stem, ext } = parse(name);
  const pattern = new RegExp(
    `^${literal(stem)}(?:\\.([1-9]\\d{0,3}))?(?:\\.(\\d{8}T\\d{9}Z))?${literal(ext)}(\\.gz)?$`,
  );
  const present = new Set(names);
  const files: LogFileEntry[] = [];
  for (const each of names) {
    const match = pattern.exec(each);
    if (match === null || present.has(`${each}.gz`)) continue;
    const [, slot = '1', stamp, gzip] = match;
    const rotatedAtMs = stamp === undefined ? undefined : timeOf(stamp);
    if ((gzip !== undefined && stamp === undefined) || Number.isNaN(rotatedAtMs)) continue;
    files.push({
      path: join(folder, each),
      name: each,
      slot: Number(slot),
      ...(rotatedAtMs !== undefined && { rotatedAtMs }),
      isCompressed: gzip !== undefined,
    });
  }
  return files.sort(
    (one, other) =>
      (one.rotatedAtMs ?? Number.MAX_VALUE) - (other.rotatedAtMs ?? Number.MAX_VALUE) ||
      one.slot - other.slot,
  );
}

/** The name of the file that a process writes to. */
export function activeName(name: string, slot: number): string {
  const { name: stem, ext } = parse(name);
  return slot === 1 ? name : `${stem}.${slot}${ext}`;
}

/** What it is called when it is rotated: names sort by time. */
export function rotatedName(active: string, rotatedAtMs: number): string {
  const { name: stem, ext } = parse(active);
  return `${stem}.${new Date(rotatedAtMs).toISOString().replace(/[-:.]/g, '')}${ext}`;
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|-]/g, '\\$&');
}

function timeOf(stamp: string): number {
  const [, date = '', time = '', ms = ''] = /^(\d{8})T(\d{6})(\d{3})Z$/.exec(stamp) ?? [];
  return Date.parse(
    `${date.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}.${ms}Z`,
  );
}
