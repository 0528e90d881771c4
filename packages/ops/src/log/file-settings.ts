import { resolve } from 'node:path';
import { COUNT, checkOptions, POSITIVE, TEXT } from '@sustain/kernel/options';
import type { FileOutputOptions } from './log-options.ts';

/** What a file goes by: its options, checked, with their defaults. */
export interface FileSettings {
  /** Absolute. */
  readonly path: string;
  readonly maxSizeBytes: number;
  readonly rotateEveryMs: number;
  readonly backupCount: number;
  readonly retentionMs: number;
  readonly compress: boolean;
  readonly sync: boolean;
  readonly flushEveryMs: number;
  readonly maxBufferBytes: number;
  readonly retry: { readonly firstMs: number; readonly mostMs: number };
}

/** Throws a RangeError or TypeError when an option is out of range. */
export function fileSettings(options: FileOutputOptions): FileSettings {
  const { path, retentionDays, rotateEveryMs, compress = true, sync = false } = options;
  const { maxSizeBytes = 10_000_000, flushEveryMs = 250, maxBufferBytes = 8 * 1024 * 1024 } = options;
  const { backupCount = retentionDays === undefined ? 5 : undefined } = options;
  const { firstMs, mostMs } = options.retry ?? { firstMs: 1000, mostMs: 60_000 };
  checkOptions('log file', {
    path: [path, TEXT],
    format: [options.format ?? 'json', ['json']],
    maxSizeBytes: [maxSizeBytes, { least: 1024, whole: true }],
    flushEveryMs: [flushEveryMs, POSITIVE],
    maxBufferBytes: [maxBufferBytes, { least: 65_536, whole: true }],
    'retry.firstMs': [firstMs, POSITIVE],
    'retry.mostMs': [mostMs, { least: firstMs }],
    ...(rotateEveryMs !== undefined && { rotateEveryMs: [rotateEveryMs, POSITIVE] as const }),
    ...(retentionDays !== undefined && { retentionDays: [retentionDays, POSITIVE] as const }),
    ...(backupCount !== undefined && { backupCount: [backupCount, { ...COUNT, least: 0 }] as const }),
  });
  return {
    path: resolve(path),
    maxSizeBytes,
    rotateEveryMs: rotateEveryMs ?? Number.POSITIVE_INFINITY,
    backupCount: backupCount ?? Number.POSITIVE_INFINITY,
    retentionMs: retentionDays === undefined ? Number.POSITIVE_INFINITY : retentionDays * DAY_MS,
    compress,
    sync,
    flushEveryMs,
    maxBufferBytes,
    retry: { firstMs, mostMs },
  };
}

const DAY_MS = 86_400_000;
