import { storeSuite } from '../contract.suite.ts';
import type { Store } from '../contract.ts';
import { sqliteStore } from './index.ts';
import { testFile } from './test-file.fixture.ts';

storeSuite('sqlite', async () => {
  const { path, raw, dispose } = await testFile();
  const another = () => opened(path);
  return {
    store: await another(),
    another,
    corrupt: async (key) => {
      raw((database) =>
        database
          .prepare("UPDATE entry SET text = substr(text, 1, length(text) - 1) || '~' WHERE key = ?")
          .run(key),
      );
    },
    dispose,
  };
});

/** With its thread running, so that times to live are not over before anything happens. */
async function opened(path: string): Promise<Store> {
  const store = sqliteStore({ path });
  await store.get('any');
  return store;
}
