import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom, systemClock } from '@sustain/kernel';
import { afterAll, expect, test } from 'vitest';
import { diskCheck, HealthMonitor } from '../index.ts';

const folder = mkdtempSync(join(tmpdir(), 'sustain-disk-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function look(options: Parameters<typeof diskCheck>[0]) {
  const monitor = new HealthMonitor({ clock: systemClock, timeoutMs: 20_000 });
  monitor.add('studio', diskCheck(options));
  return (await monitor.runHealthChecks()).checks[0];
}

test('a folder with space is healthy, says how much, and is left as it was', async () => {
  const found = await look({ path: folder, degradedBelowBytes: 1, unhealthyBelowBytes: 0 });
  expect(found).toMatchObject({ status: 'healthy', observed: { unit: 'bytes' } });
  expect(found?.observed?.value).toBeGreaterThan(0);
  expect(readdirSync(folder)).toEqual([]);
});

test('too little space degrades, and much too little is unhealthy', async () => {
  const all = Number.MAX_SAFE_INTEGER;
  const degraded = { path: folder, degradedBelowBytes: all, unhealthyBelowBytes: 0 };
  expect(await look(degraded)).toMatchObject({
    status: 'degraded',
    message: expect.stringMatching(/^\d+ MiB are free on the disk of /),
  });
  expect(await look({ ...degraded, unhealthyBelowBytes: all })).toMatchObject({ status: 'unhealthy' });
});

test.each([
  ['is gone', () => join(folder, 'gone'), /ENOENT/],
  [
    'is a file',
    () => {
      writeFileSync(join(folder, 'file'), '');
      return join(folder, 'file');
    },
    /cannot be written: ENOTDIR/,
  ],
  ['takes no files, whoever asks', () => '/proc', /\/proc cannot be written: /],
])('a folder that %s is unhealthy', async (_, path, message) => {
  expect(await look({ path: path() })).toMatchObject({
    status: 'unhealthy',
    message: expect.stringMatching(message),
  });
});

test('a link that somebody has put where the file goes is not followed: what it leads to stays as it was', async () => {
  const victim = join(folder, 'victim');
  writeFileSync(victim, 'of somebody else');
  const number = Math.floor(seededRandom(1).next() * 2 ** 52).toString(36);
  symlinkSync(victim, join(folder, `.sustain-health-${process.pid}-${number}`));
  const options = { path: folder, degradedBelowBytes: 1, unhealthyBelowBytes: 0 };
  expect(await look({ ...options, random: seededRandom(1) })).toMatchObject({
    status: 'unhealthy',
    message: expect.stringContaining('EEXIST'),
  });
  expect(readFileSync(victim, 'utf8')).toBe('of somebody else');
});

test('refuses an empty path', () => {
  expect(() => diskCheck({ path: '' })).toThrow('path of the diskCheck must be a text that is not empty');
});
