import { parentPort, workerData } from 'node:worker_threads';
import { RawSqlite } from './raw-sqlite.ts';
import type { Row } from './raw-sqlite-thread.ts';

// The other side of RawSqliteThread.

const { path, kind } = workerData as { readonly path: string; readonly kind: 'set' | 'cas' };
const database = new RawSqlite(path);
let isThere = false;

parentPort?.on('message', (rows: readonly Row[] | null) => {
  if (rows === null) {
    database.close();
    parentPort?.close();
    return;
  }
  const write = isThere ? kind : 'set';
  isThere = true;
  parentPort?.postMessage(database.together(() => rows.map(([key, text]) => database[write](key, text))));
});
