import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSessionManager, type SessionManager, type SessionManagerOptions } from '@sustain/sessions';
import type { Store } from '@sustain/stores';
import { sqliteStore } from '@sustain/stores/sqlite';
import { atPlace, PATIENCE_MS, type PrimaryName } from './primaries.ts';

/** A manager with a fallback, the only one on its primary, and beside it a bare store at the same place. */
export interface Stand {
  readonly sessions: SessionManager;
  /** Where the manager's sessions are. */
  readonly primary: Store;
  /** The same kind of store, with connections and entries of its own. */
  readonly raw: Store;
  /** Of the server, where there is one. */
  readonly url: string | undefined;
}

export async function atStand<T>(
  place: PrimaryName,
  work: (stand: Stand) => Promise<T>,
  options: Partial<SessionManagerOptions> = {},
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sustain-bench-'));
  try {
    return await atPlace(place, folder, async ({ open, url }) => {
      const [primary, raw] = [open('ours'), open('raw')];
      const spare = sqliteStore({ path: join(folder, 'spare.db') });
      const fallback = { patienceMs: PATIENCE_MS };
      const sessions = createSessionManager({ instance: 'bench', primary, spare, fallback, ...options });
      try {
        return await work({ sessions, primary, raw, url });
      } finally {
        await sessions.close();
        for (const store of [primary, raw, spare]) await store.close();
      }
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
