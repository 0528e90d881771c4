import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom, systemClock } from '@sustain/kernel';
import { afterAll, expect, test, vi } from 'vitest';
import type { Disturbance } from '../history/index.ts';
import { isRunning, stateOf } from '../process-tree/index.ts';
import { killAtRandom, ProcessUnderTest } from './index.ts';

interface Said {
  readonly up?: number;
  readonly life?: number;
  readonly count?: number;
}

const module = new URL('./fixtures/counting-process.ts', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'sustain-process-'));
afterAll(() => rmSync(folder, { recursive: true }));

function counting(name: string, last: number, how: 'well' | 'badly' = 'well') {
  const said: Said[] = [];
  const told: Disturbance[] = [];
  const path = join(folder, name);
  const counter = new ProcessUnderTest({
    name,
    module,
    args: [path, `${last}`, how],
    isReady: (message) => (message as Said).up !== undefined,
    onMessage: (message) => said.push(message as Said),
    record: (disturbance) => told.push(disturbance),
  });
  return {
    counter,
    said,
    told,
    written: () => readFileSync(path, 'utf8').split('\n').slice(0, -1).map(Number),
  };
}

test('a process is killed at random times until its work is done, and what it said before each kill is heard', async () => {
  const { counter, said, told, written } = counting('killed', 500);
  await using _ = counter;
  await counter.start();
  const kills = await killAtRandom(counter, {
    random: seededRandom(3),
    up: { leastMs: 10, mostMs: 60 },
    down: { leastMs: 0, mostMs: 10 },
    writesInFlight: () => 1, // it always writes
    kills: 4,
  });
  await counter.done;
  expect(kills).toHaveLength(4);
  expect(counter.state).toBe('done');
  expect(counter.lives).toBe(5);
  expect(said.filter(({ up }) => up !== undefined).map(({ up }) => up)).toEqual(
    Array.from({ length: counter.lives }, (_, life) => life + 1),
  );
  expect(written()).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
  const heard = said.flatMap(({ life, count }) => (life === undefined ? [] : [count]));
  // Between the line in the file and the line on stdout it can be killed: once a life.
  expect(heard.length).toBeGreaterThanOrEqual(500 - kills.length);
  expect(heard).toEqual(heard.toSorted((a = 0, b = 0) => a - b));
  expect(told.filter(({ what }) => what === 'killed')).toHaveLength(4);
  await counter.start();
  await counter.kill();
  expect(counter.state).toBe('done');
  expect(await killAtRandom(counter, { random: seededRandom(3) })).toEqual([]);
});

test('a process that ends badly is a fault with the end of its log, and is not started again', async () => {
  const { counter } = counting('bad', 3, 'badly');
  await using _ = counter;
  await counter.start();
  await expect(counter.done).rejects.toMatchObject({ code: 'PROCESS_FAILED' });
  await expect(counter.done).rejects.toThrow(/bad exited with code 1.*this is no JSON.*it went badly/s);
  expect(counter.state).toBe('down');
});

test('a process that ends before it is up is a failed start', async () => {
  await using counter = new ProcessUnderTest({ name: 'none', module: '/no/such.ts', isReady: () => true });
  await expect(counter.start()).rejects.toThrow(/none exited with code 1.*no\/such/s);
});

test('a paused process stands still, and goes on', async () => {
  const { counter, said, told } = counting('paused', 100_000);
  await using _ = counter;
  await counter.start();
  await expect(counter.start()).rejects.toThrow('paused is up, so it cannot start');
  counter.pause();
  counter.pause();
  await vi.waitFor(() => expect(stateOf(counter.pid as number)).toBe('T'), { interval: 1 });
  const before = said.length;
  await systemClock.sleep(100);
  const heard = said.length; // what was on its way
  await systemClock.sleep(100);
  expect(said.length).toBe(heard);
  counter.resume();
  counter.resume();
  await vi.waitFor(() => expect(said.length).toBeGreaterThan(before + 5), { timeout: 20_000 });
  const pid = counter.pid as number;
  counter.pause();
  await counter.close();
  await counter.close();
  expect(isRunning(pid)).toBe(false);
  expect(told.map(({ what }) => what)).toEqual(['started', 'paused', 'resumed', 'paused', 'killed']);
  expect(() => counter.pause()).toThrow('paused is closed, so it cannot be paused');
});

test('a process that is killed and started again while it is started runs once', async () => {
  const { counter, said, written } = counting('restarted', 200);
  await using _ = counter;
  const first = counter.start();
  await counter.kill();
  await Promise.all([first, counter.start()]);
  await counter.done;
  expect(written()).toEqual(Array.from({ length: 200 }, (_, at) => at + 1));
  expect(new Set(said.map(({ life }) => life).filter((life) => life !== undefined)).size).toBe(1);
});
