import { SimulatedClock } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { ProgressBar } from './progress-bar.ts';

test('a terminal sees bytes, share and speed, ten times a second at most, and nothing of it in the end', async () => {
  const clock = new SimulatedClock();
  const written: string[] = [];
  const bar = new ProgressBar({ isTTY: true, write: (text: string) => written.push(text) }, clock);
  for (let readBytes = 0; readBytes <= 10_000_000; readBytes += 100_000) {
    bar.show({ readBytes, totalBytes: 10_000_000 });
    await clock.advance(10);
  }
  expect(written).toHaveLength(10);
  expect(written[4]).toBe('\r[###############...............] 50 % of 10.0 MB, 10.0 MB/s\x1b[K');
  bar.clear();
  bar.clear();
  expect(written.at(-1)).toBe('\r\x1b[K');
  expect(written).toHaveLength(11);
});

test('a file or a pipe sees nothing, and a quick reading neither', async () => {
  const clock = new SimulatedClock();
  const written: string[] = [];
  for (const isTTY of [false, true]) {
    const bar = new ProgressBar({ isTTY, write: (text: string) => written.push(text) }, clock);
    await clock.advance(isTTY ? 50 : 5000);
    bar.show({ readBytes: 1, totalBytes: 2 });
    bar.clear();
  }
  expect(written).toEqual([]);
});
