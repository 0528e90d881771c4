import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogEntry } from '../log-entry.ts';
import { collect, logEntry } from './log-folder.fixture.ts';
import { type EntrySource, mergeBatches } from './merge-batches.ts';

const times = fc.array(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 6 }), { maxLength: 6 });

test('merging by time loses nothing, doubles nothing and is in the order of time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(times, { maxLength: 5 }), fc.boolean(), async (files, knowsFirst) => {
      const sorted = files.map((batches) => inOrder(batches));
      const merged = await merge(sorted, knowsFirst);
      expect(merged.map(({ timestamp }) => timestamp)).toEqual(
        sorted
          .flat(2)
          .map(({ timestamp }) => timestamp)
          .toSorted(),
      );
      expect(new Set(merged)).toEqual(new Set(sorted.flat(2)));
    }),
  );
});

test('merging keeps the order of each file, also where its clock was set back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(times, { maxLength: 5 }), async (files) => {
      const entries = files.map((batches) => batches.map((batch) => batch.map((atMs) => logEntry(atMs))));
      const merged = await merge(entries, false);
      for (const file of entries) {
        const own = new Set(file.flat());
        expect(merged.filter((entry) => own.has(entry))).toEqual(file.flat());
      }
      expect(merged).toHaveLength(entries.flat(2).length);
    }),
  );
});

test('files that follow each other are open one after the other', async () => {
  let open = 0;
  let mostOpen = 0;
  const sources = Array.from({ length: 100 }, (_, file): EntrySource => {
    let batches = [[logEntry(file * 10)], [logEntry(file * 10 + 5)]];
    return {
      firstTimestamp: logEntry(file * 10).timestamp,
      next: async () => {
        if (batches.length === 2) mostOpen = Math.max(mostOpen, ++open);
        const [batch] = batches;
        batches = batches.slice(1);
        return batch;
      },
      close: async () => {
        open--;
      },
    };
  });
  expect((await collect(mergeBatches(sources.toReversed()))).flat()).toHaveLength(200);
  expect(mostOpen).toBe(1);
  expect(open).toBe(0);
});

function inOrder(batches: readonly (readonly number[])[]): LogEntry[][] {
  const sorted = batches.flat().toSorted((a, b) => a - b);
  return batches.map(({ length }) => sorted.splice(0, length).map((atMs) => logEntry(atMs)));
}

async function merge(files: readonly LogEntry[][][], knowsFirst: boolean): Promise<LogEntry[]> {
  const sources = files.map((batches): EntrySource => {
    const left = [...batches];
    return {
      firstTimestamp: knowsFirst ? (batches.flat()[0]?.timestamp ?? '') : '',
      next: async () => left.shift(),
      close: async () => undefined,
    };
  });
  return (await collect(mergeBatches(sources))).flat();
}
