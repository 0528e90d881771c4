import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type FallbackOptions, type FallbackStore, fallbackStore, type Store } from '@sustain/stores';
import { sqliteStore } from '@sustain/stores/sqlite';
import type { Useful } from '../../drill/index.ts';
import { type Injection, startInjection } from '../../injection/index.ts';
import { Counting } from './counting.ts';

/** A program that counts in a file that others use as well, and in a journal while it cannot have that. */
export interface FallbackProgram extends Counting<FallbackStore> {
  readonly primaryPath: string;
  readonly spare: Store;
  /** Whose journal it uses, from the next restart on. */
  instance: string;
  /** Another program that takes the journal of `instance`. */
  secondProgram(): FallbackStore;
}

export interface FallbackProgramOptions
  extends Pick<FallbackOptions, 'mayAcknowledge' | 'maxJournalEntries'> {
  readonly folder: string;
  /** Where the spare is. Default: in the same folder. */
  readonly spareFolder?: string;
}

export async function fallbackProgram(options: FallbackProgramOptions): Promise<FallbackProgram> {
  const { folder, spareFolder = folder, ...more } = options;
  const primaryPath = join(folder, 'primary.db');
  const durability = 'process-death';
  const primary = sqliteStore({ name: 'primary', path: primaryPath, durability, busyTimeoutMs: 1 });
  const spare = sqliteStore({ name: 'spare', path: join(spareFolder, 'spare.db'), durability });
  const opened = { primary, spare, ...QUICK, ...more };
  let instance = 'main';
  const program = await Counting.start<FallbackStore>({
    open: (signals) => fallbackStore({ ...opened, instance, signals }),
    worth: worthOf,
    async close() {
      await Promise.all([primary.close(), spare.close()]);
    },
  });
  const set = { primaryPath, spare, secondProgram: () => fallbackStore({ ...opened, instance }) };
  return Object.defineProperty(Object.assign(program, set), 'instance', {
    get: () => instance,
    set: (name: string) => {
      instance = name;
    },
  }) as FallbackProgram;
}

/** It looks often whether its primary is back, so that a drill need not wait long. */
export const QUICK: { onConflict: 'reject'; probeEveryMs: number; successes: number } = {
  onConflict: 'reject',
  probeEveryMs: 10,
  successes: 2,
};

export function worthOf(store: FallbackStore): Useful {
  return store.state().state === 'primary' ? 'full' : 'fallback';
}

/** Nobody but the one who counts has written: so there is nothing to decide. */
export async function noConflicts({ store }: Counting<FallbackStore>): Promise<void> {
  const { conflicts } = await store.conflicts();
  if (conflicts.length > 0) throw new Error(`there are conflicts: ${JSON.stringify(conflicts)}`);
}

/** Another program holds the file, so that nobody else can write to it. */
export function heldFile(path: string): Injection {
  const other = new DatabaseSync(path, { timeout: 5000 });
  const undo = () => {
    other.exec('ROLLBACK');
    other.close();
  };
  const injection = startInjection({ what: `another program holds ${path}`, undo });
  other.exec('BEGIN IMMEDIATE');
  return injection;
}
