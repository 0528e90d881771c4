import { resolve } from 'node:path';
import { systemClock } from '@sustain/kernel';
import { COUNT, checkOptions, type NumberRange, TEXT } from '@sustain/kernel/options';
import type { Store } from '../contract.ts';
import { createStore, type StoreOptions } from '../create-store.ts';
import { SqliteBackend } from './sqlite-backend.ts';

/** How a store is kept in a file. */
export interface SqliteStoreOptions extends StoreOptions {
  /** Of the file, on a local disk. It is created, in a folder that exists; beside it SQLite keeps `-wal` and `-shm`. */
  readonly path: string;
  /**
   * What acknowledged writes survive. `power-loss`: each is synced to the disk (`synchronous = FULL`), those that come
   * together in one go. `process-death`: none waits for the disk (`NORMAL`), and what was written last is lost with the
   * machine. Default `power-loss`.
   */
  readonly durability?: 'power-loss' | 'process-death' | undefined;
  /** How long to wait for another process that writes to the file. Whole milliseconds, 0 or more. Default 5000. */
  readonly busyTimeoutMs?: number | undefined;
  /** How long what came of an `operationId` is remembered. Whole milliseconds, 1 or more. Default a day. */
  readonly operationTtlMs?: number | undefined;
  /** How many requests may wait for the file at once; those beyond are refused. 1 or more. Default 10 000. */
  readonly maxInFlight?: number | undefined;
  /** Of the file, without what is beside it; then it is full. 1 or more. Default: as large as the disk allows. */
  readonly maxSizeBytes?: number | undefined;
}

/**
 * A store in a file, for one machine: any number of processes may use it at once. It is opened when it is first used.
 * The disk, and other processes, are waited for in a thread, so that the event loop is not; entries that are read one by
 * one are read at once, which takes some microseconds, and the disk's time where the file is larger than memory.
 *
 * Beyond those of every store there are two faults, children of STORE_UNAVAILABLE which repeating does not help:
 * DATABASE_REFUSED when the file is no such database, of a newer version, or on a disk that cannot do it, and
 * DATABASE_DAMAGED when pages of it are; what is in the others can still be used. A time to live is counted by the
 * clock on the wall, also while no process runs: whoever sets it back lets entries live longer.
 *
 * Throws a RangeError or TypeError when an option is out of range.
 */
export function sqliteStore(options: SqliteStoreOptions): Store {
  const { path, durability = 'power-loss', name = 'sqlite', clock = systemClock } = options;
  const { busyTimeoutMs = 5000, operationTtlMs = DAY_MS } = options;
  const { maxInFlight = 10_000, maxSizeBytes } = options;
  checkOptions('sqlite store', {
    name: [name, TEXT],
    path: [path, TEXT],
    durability: [durability, ['power-loss', 'process-death']],
    busyTimeoutMs: [busyTimeoutMs, MILLISECONDS],
    operationTtlMs: [operationTtlMs, COUNT],
    maxInFlight: [maxInFlight, COUNT],
    ...(maxSizeBytes !== undefined && { maxSizeBytes: [maxSizeBytes, COUNT] as const }),
  });
  checkPath(path);
  const settings = {
    path: resolve(path),
    isSynced: durability === 'power-loss',
    busyTimeoutMs,
    operationTtlMs,
    maxSizeBytes: maxSizeBytes ?? null,
  };
  return createStore(new SqliteBackend({ name, settings, maxInFlight, clock }), options);
}

const DAY_MS = 86_400_000;
const MILLISECONDS: NumberRange = { least: 0, most: 0x7fffffff, whole: true };

function checkPath(path: string): void {
  if (path === ':memory:') {
    throw new TypeError('path of the sqlite store must be a file; got :memory:. Use memoryStore() instead');
  }
  if (/^file:/i.test(path)) {
    throw new TypeError(`path of the sqlite store must be a path; got the URI ${path}`);
  }
  if (path.includes('\0')) throw new TypeError('path of the sqlite store must not contain U+0000');
}
