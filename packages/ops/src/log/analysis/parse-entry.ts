import { severity } from '@sustain/kernel';
import type { LogEntry } from '../log-entry.ts';
import type { LogTroubleReason } from './log-troubles.ts';

/** The entry in a line, or why there is none. Its timestamp is ISO 8601 in UTC with milliseconds, so that texts compare as times. */
export function parseEntry(line: string): LogEntry | LogTroubleReason {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'no JSON';
  }
  if (value === null || typeof value !== 'object') return 'no log entry';
  const entry = value as { -readonly [Key in keyof LogEntry]?: unknown };
  const isEntry =
    typeof entry.timestamp === 'string' &&
    typeof entry.module === 'string' &&
    typeof entry.message === 'string' &&
    typeof entry.level === 'string' &&
    Object.hasOwn(severity, entry.level) &&
    isTextOrAbsent(entry.errorCode) &&
    isTextOrAbsent(entry.operationId) &&
    isTextOrAbsent(entry.sessionId) &&
    isPerformanceOrAbsent(entry.performance);
  if (!isEntry) return 'no log entry';
  const timestamp = isoTime(entry.timestamp as string);
  if (timestamp === undefined) return 'no log entry';
  entry.timestamp = timestamp;
  return value as LogEntry;
}

/** As `2026-11-22T13:40:25.123Z`; nothing of what is no time. */
function isoTime(text: string): string | undefined {
  if (text.length === 24 && CANONICAL.test(text)) return text;
  const timeMs = Date.parse(text);
  return Number.isNaN(timeMs) ? undefined : new Date(timeMs).toISOString();
}

const CANONICAL = /^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d{3}Z$/;

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isPerformanceOrAbsent(value: unknown): boolean {
  if (value === undefined) return true;
  if (value === null || typeof value !== 'object') return false;
  const { operation, durationMs } = value as { operation?: unknown; durationMs?: unknown };
  return typeof operation === 'string' && typeof durationMs === 'number';
}
