import { execFile } from 'node:child_process';
import { totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { type MemoryUsage, memoryUsage } from '../../performance/index.ts';
import { memoryCheck } from '../index.ts';

const MIB = 2 ** 20;
const none: MemoryUsage = {
  heapUsedBytes: 0,
  heapLimitBytes: 100 * MIB,
  rssBytes: 0,
  rssLimitBytes: 1000 * MIB,
};

function look(usage: Partial<MemoryUsage>) {
  return memoryCheck({ read: () => ({ ...none, ...usage }) }).check(AbortSignal.abort());
}

test('seed 001: degraded from 80 % of a limit on, unhealthy from 95 % on', async () => {
  expect(await look({ heapUsedBytes: 79 * MIB })).toEqual({
    status: 'healthy',
    observed: { value: 0.79, unit: '1' },
  });
  expect(await look({ heapUsedBytes: 80 * MIB })).toMatchObject({
    status: 'degraded',
    message: '80 of 100 MiB of heap are used',
  });
  expect(await look({ rssBytes: 950 * MIB })).toMatchObject({
    status: 'unhealthy',
    message: '950 of 1000 MiB of memory are used',
  });
});

test('process.constrainedMemory of 1.8e19, and of 0, is no limit', () => {
  for (const constrained of [1.8446744073709552e19, 0, undefined]) {
    expect(memoryUsage(constrained).rssLimitBytes).toBe(totalmem());
  }
  expect(memoryUsage(512 * MIB).rssLimitBytes).toBe(512 * MIB);
});

test('this process is healthy, by real figures', async () => {
  expect(await memoryCheck().check(AbortSignal.abort())).toMatchObject({
    status: expect.stringMatching(/healthy|degraded/),
    observed: { value: expect.any(Number) },
  });
  expect(memoryUsage().rssBytes).toBeGreaterThan(10 * MIB);
});

test.each([
  ['is seen to be full, though V8 says that there is room', '--max-old-space-size=80', 0, 0.8],
  ['V8 has cut for a small machine is not taken for full half way', '--max-heap-size=200', 0.6, 0.95],
])('a heap that %s', async (_, limit, least, most) => {
  const program = fileURLToPath(new URL('fixtures/full-heap.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', limit, program]);
  const { empty, full, ofHeapSizeLimit } = JSON.parse(stdout);
  expect([empty, full]).toEqual(['healthy', 'degraded']);
  expect(ofHeapSizeLimit).toBeGreaterThan(least);
  expect(ofHeapSizeLimit).toBeLessThan(most);
});

test('refuses thresholds that contradict each other', () => {
  expect(() => memoryCheck({ degradedAt: 0.9, unhealthyAt: 0.8 })).toThrow(/unhealthyAt of the memoryCheck/);
});
