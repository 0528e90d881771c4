import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { historyOf, readJournal } from './index.ts';

const writer = fileURLToPath(new URL('./fixtures/busy-writer.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sustain-journal-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('processes that are killed while they write leave one history, of which only what was not sent is missing', async () => {
  const path = join(folder, 'history.jsonl');
  for (let life = 0; life < 4; life++) {
    const writers = [`a${life}`, `b${life}`].map((name) =>
      spawn(process.execPath, [writer, path, name], { stdio: ['ignore', 'pipe', 'inherit'] }),
    );
    const ends = writers.map((one) => once(one, 'exit'));
    await Promise.all(writers.map((one) => once(one.stdout, 'data'))); // They write now.
    for (const one of writers) one.kill('SIGKILL');
    expect(await Promise.all(ends)).toEqual(writers.map(() => [null, 'SIGKILL']));
  }
  const { events, tornLines } = readJournal(path);
  const { operations } = historyOf(events);
  console.log(`${operations.length} operations, ${tornLines} torn lines`);
  expect(new Set(operations.map(({ client }) => client)).size).toBe(8);
  const ids = new Set(operations.map(({ id }) => id));
  for (const { client, id } of operations) {
    const number = Number(id.slice(client.length + 1));
    if (number > 1)
      expect(ids.has(`${client}-${number - 1}`), `${id} is there, so what was before it`).toBe(true);
  }
  const open = operations.filter(({ outcome }) => outcome === 'unknown');
  expect(open.length, 'one of each process at most').toBeLessThanOrEqual(8);
});
