import { truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { PlainBytes, UnzippedBytes } from './byte-source.ts';
import { linesOf, logEntry, logFolder } from './log-folder.fixture.ts';

test('pm2-logrotate#51: of a gzipped file that was cut off anywhere, everything before the cut is read', async () => {
  const path = join(logFolder(), 'bot.1.log.gz');
  const text = linesOf(
    ...Array.from({ length: 300 }, (_, i) => logEntry(i * 7919, { message: `${i ** 5}` })),
  );
  const zip = gzipSync(text);
  for (let size = zip.length; size > 18; size -= size > 200 ? 97 : 1) {
    writeFileSync(path, zip);
    truncateSync(path, size);
    const { content, trouble } = await unzip(path);
    const all = gunzipSync(zip.subarray(0, size), { finishFlush: constants.Z_SYNC_FLUSH }).toString();
    expect(content).toBe(all);
    expect(trouble).toBe(size === zip.length ? undefined : 'gzip cut off');
  }
});

test('several gzipped pieces in one file, as `cat` makes them, are one', async () => {
  const path = join(logFolder(), 'bot.1.log.gz');
  writeFileSync(path, Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]));
  expect(await unzip(path)).toEqual({ content: 'one\ntwo\n', trouble: undefined });
});

test('a file that is damaged in the middle gives what stands before the damage', async () => {
  const path = join(logFolder(), 'bot.1.log.gz');
  const text = linesOf(
    ...Array.from({ length: 20_000 }, (_, i) => logEntry(i * 7919, { message: `${i ** 5}` })),
  );
  const zip = gzipSync(text);
  zip.fill(0xff, zip.length / 2, zip.length / 2 + 2000);
  writeFileSync(path, zip);
  const { content, trouble } = await unzip(path);
  expect(trouble).toBe('gzip damaged');
  expect(content.slice(0, text.length / 3)).toBe(text.slice(0, text.length / 3));
});

test('a file that only calls itself gzipped is told', async () => {
  const path = join(logFolder(), 'bot.1.log.gz');
  writeFileSync(path, 'plain\n');
  expect(await unzip(path)).toEqual({ content: '', trouble: 'gzip damaged' });
});

async function unzip(path: string): Promise<{ content: string; trouble: string | undefined }> {
  const handle = await open(path);
  const bytes = new UnzippedBytes(new PlainBytes(handle, Number.MAX_SAFE_INTEGER));
  let content = '';
  for (let piece = await bytes.read(); piece !== undefined; piece = await bytes.read()) content += piece;
  bytes.close();
  await handle.close();
  return { content, trouble: bytes.trouble };
}
