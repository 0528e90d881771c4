import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { eventsOf, historyOf, linearizable, openJournal, Recorder, readJournal } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'sustain-journal-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('two processes write to one journal, which keeps their order', () => {
  const path = join(folder, 'shared');
  const journals = [openJournal(path), openJournal(path)] as const;
  const [a, b] = journals.map(({ append }, index) => new Recorder({ client: `p${index}`, append })) as [
    Recorder,
    Recorder,
  ];
  const write = a.invoke({ kind: 'write', key: 'k', value: 'one\ntwo' });
  b.invoke({ kind: 'read', key: 'k' }).ok('one\ntwo');
  write.ok();
  for (const journal of journals) journal.close();
  const { events, tornLines } = readJournal(path);
  expect(tornLines).toBe(0);
  const { operations } = historyOf(events);
  expect(operations.map(({ id, invokedAt, endedAt }) => [id, invokedAt, endedAt])).toEqual([
    ['p0-1', 0, 3],
    ['p1-1', 1, 2],
  ]);
  expect(linearizable(operations)).toMatchObject({ state: 'holds' });
});

test('a line that is torn anywhere is left out, and takes no other with it', () => {
  const path = join(folder, 'torn');
  const record = (file: string) => {
    const journal = openJournal(file);
    new Recorder({ client: 'x', append: journal.append }).invoke({ kind: 'write', key: 'k', value: '…}"' });
    journal.close();
  };
  record(path);
  const [whole] = readJournal(path).events;
  const line = Buffer.from(`\n${JSON.stringify(whole)}`);
  for (let bytes = 1; bytes < line.length; bytes++) {
    writeFileSync(path, line.subarray(0, bytes));
    record(path);
    const { events, tornLines } = readJournal(path);
    expect(events.map((event) => 'id' in event && event.id)).toEqual(['x-1']);
    expect(tornLines).toBe(bytes > 1 ? 1 : 0);
  }
  appendFileSync(path, '\n');
  expect(readJournal(path).events).toHaveLength(1);
});

test('a closed journal refuses events, and may be closed again', () => {
  const journal = openJournal(join(folder, 'closed'));
  journal.close();
  journal.close();
  const recorder = new Recorder({ client: 'x', append: journal.append });
  expect(() => recorder.invoke({ kind: 'read', key: 'k' })).toThrow('closed');
  expect(recorder.writesInFlight).toBe(0);
});

test('an empty journal is an empty history', () => {
  expect(eventsOf('')).toEqual({ events: [], tornLines: 0 });
});
