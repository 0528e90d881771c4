import { systemClock } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { sqliteStore } from './index.ts';
import { testFile } from './test-file.fixture.ts';

const ENTRIES = 50_000;

test('a page costs what it has, however many entries come before it', async () => {
  const { path, raw, dispose } = await testFile();
  const store = sqliteStore({ path });
  await store.set('k/first', 1);
  const { text } = raw((database) => database.prepare('SELECT text FROM entry').get()) as { text: string };
  raw((database) =>
    database
      .prepare(
        `WITH RECURSIVE n (at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < ${ENTRIES})
         INSERT INTO entry (key, revision, text) SELECT 'k/' || printf('%08d', at), at + 1, ? FROM n`,
      )
      .run(text),
  );
  const pageUs = async (after: string) => {
    let leastUs = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 20; round++) {
      const beganMs = systemClock.monotonicMs();
      const { entries, corrupted } = await store.list('k/', { after, limit: 10 });
      leastUs = Math.min(leastUs, (systemClock.monotonicMs() - beganMs) * 1000);
      expect(entries.length + corrupted.length).toBe(10);
    }
    return leastUs;
  };
  const [first, last] = [await pageUs('k/00000001'), await pageUs(`k/000${ENTRIES - 20}`)];
  process.stdout.write(`  the first page ${first.toFixed(0)} µs, the last ${last.toFixed(0)} µs\n`);
  expect(last).toBeLessThan(4 * first);
  await store.close();
  await dispose();
});
