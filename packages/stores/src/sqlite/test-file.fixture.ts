import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A file of a test, in a folder of its own. */
export interface TestFile {
  readonly path: string;
  /** Through another connection, as another program does. */
  raw<T>(work: (database: DatabaseSync) => T): T;
  /** Inverts the bytes from `at` on, in the file or one beside it; negative: from its end. */
  flip(suffix: '' | '-wal', at: number, bytes: number): Promise<void>;
  dispose(): Promise<void>;
}

export async function testFile(): Promise<TestFile> {
  const folder = await mkdtemp(join(tmpdir(), 'sustain-sqlite-'));
  const path = join(folder, 'store.db');
  return {
    path,
    raw(work) {
      const database = new DatabaseSync(path, { timeout: 5000 });
      try {
        return work(database);
      } finally {
        database.close();
      }
    },
    async flip(suffix, at, bytes) {
      const file = await open(path + suffix, 'r+');
      try {
        const position = at < 0 ? (await file.stat()).size + at : at;
        const { buffer } = await file.read(Buffer.alloc(bytes), 0, bytes, position);
        await file.write(
          buffer.map((byte) => byte ^ 0xff),
          0,
          bytes,
          position,
        );
      } finally {
        await file.close();
      }
    },
    dispose: () => rm(folder, { recursive: true }),
  };
}
