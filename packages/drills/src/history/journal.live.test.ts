import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { historyOf, openJournal, readJournal } from './index.ts';

const writer = fileURLToPath(new URL('./fixtures/endless-writer.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sustain-journal-'));
afterEach(() => rmSync(folder, { recursive: true }));

test('processes that are killed while they write leave one history, of which only what was not sent is missing', async () => {
  const path = join(folder, 'history.jsonl');
  openJournal(path).close();
  for (let life = 0; life < 8; life++) {
    const names = [`a${life}`, `b${life}`];
    const writers = names.map((name) => spawn(process.execPath, [writer, path, name], { stdio: 'inherit' }));
    const isWriting = () => {
      const written = readFileSync(path, 'utf8');
      for (const name of names) expect(written).toContain(`"${name}-50"`);
    };
    await vi.waitFor(isWriting, { timeout: 20_000, interval: 1 });
    for (const one of writers) one.kill('SIGKILL');
    await Promise.all(writers.map((one) => once(one, 'exit')));
  }
  const { events, tornLines } = readJournal(path);
  const { operations } = historyOf(events);
  console.log(`${operations.length} operations, ${tornLines} torn lines`);
  expect(new Set(operations.map(({ client }) => client)).size).toBe(16);
  const ids = new Set(operations.map(({ id }) => id));
  for (const { client, id } of operations) {
    const number = Number(id.slice(client.length + 1));
    if (number > 1)
      expect(ids.has(`${client}-${number - 1}`), `${id} is there, so what was before it`).toBe(true);
  }
  const open = operations.filter(({ outcome }) => outcome === 'unknown');
  expect(open.length, 'one of each process at most').toBeLessThanOrEqual(16);
});
