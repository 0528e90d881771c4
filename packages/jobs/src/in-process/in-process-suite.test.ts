import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore } from '@sustain/stores/memory';
import { sqliteStore } from '@sustain/stores/sqlite';
import { jobsSuite } from '../contract.suite.ts';
import { inProcessQueue } from './index.ts';

jobsSuite('in-process on memory', async () => {
  const store = memoryStore();
  return {
    isShared: false,
    open: (options) => inProcessQueue({ name: 'suite', store, waitForOwnerMs: 0, ...options }),
    dispose: () => store.close(),
  };
});

jobsSuite('in-process on SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jobs-'));
  const store = sqliteStore({ path: join(folder, 'jobs.db'), durability: 'process-death' });
  return {
    isShared: false,
    open: (options) => inProcessQueue({ name: 'suite', store, waitForOwnerMs: 0, ...options }),
    async dispose() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
});
