import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { LogEntry } from '../log-entry.ts';

/** A folder for logs, which goes with the test. */
export function logFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sustain-logs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An entry at so many milliseconds after midnight of 22 November 2026. */
export function logEntry(atMs: number, fields: Partial<LogEntry> = {}): LogEntry {
  return {
    timestamp: new Date(MIDNIGHT_MS + atMs).toISOString(),
    level: 'INFO',
    module: 'test',
    message: `at ${atMs}`,
    sessionId: 'session-1',
    ...fields,
  };
}

/** The lines of entries, each with its end. */
export function linesOf(...entries: readonly LogEntry[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export async function messagesOf(entries: AsyncIterable<LogEntry>): Promise<string[]> {
  return (await collect(entries)).map(({ message }) => message);
}

export const MIDNIGHT_MS = Date.UTC(2026, 10, 22);
