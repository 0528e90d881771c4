import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { systemClock } from '@sustain/kernel';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Injection } from '../injection/index.ts';
import { blockEventLoop, blockWorker, cpuBurn, memoryPressure, slowness } from './index.ts';

const MiB = 2 ** 20;
const open: Injection[] = [];
const workers: Worker[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((injection) => injection.end()));
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

function tracked(injection: Injection): Injection {
  open.push(injection);
  return injection;
}

/** What a process is told by the system: of those whose command line has these words. */
function processesWith(words: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => readSafely(`/proc/${pid}/cmdline`).includes(words));
}

function readSafely(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it has ended
  }
}

const ticksOf = (pid: number) => Number(readSafely(`/proc/${pid}/stat`).split(' ')[13] ?? 0);
const residentBytes = (pid: number) =>
  Number(/^VmRSS:\s*(\d+)/m.exec(readSafely(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;

/** A thread that tells the time every 10 ms, and how long it was silent at most. */
async function ticking(): Promise<{ worker: Worker; longestMs: () => number }> {
  const code = "setInterval(() => require('node:worker_threads').parentPort.postMessage(0), 10)";
  const worker = new Worker(code, { eval: true });
  workers.push(worker);
  await once(worker, 'message');
  let lastMs = systemClock.monotonicMs();
  let longestMs = 0;
  worker.on('message', () => {
    const nowMs = systemClock.monotonicMs();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
  });
  return { worker, longestMs: () => longestMs };
}

describe('load', () => {
  test('of the processors comes from so many processes, which are gone when it ends', async () => {
    const script = 'while :; do :; done';
    const before = processesWith(script);
    const injection = tracked(cpuBurn({ processes: 3 }));
    const burning = processesWith(script).filter((pid) => !before.includes(pid));
    expect(burning).toHaveLength(3);
    await vi.waitFor(() => expect(Math.min(...burning.map(ticksOf))).toBeGreaterThan(5), { timeout: 20_000 });
    await injection.end();
    expect(burning.filter((pid) => processesWith(script).includes(pid))).toEqual([]);
  });

  test('ends at the hard end', async () => {
    const injection = tracked(cpuBurn({ processes: 1, maxMs: 50 }));
    await vi.waitFor(() => expect(injection.endedBy).toBe('hard-end'), { interval: 5 });
  });

  test('of the memory is really there, until it ends', async () => {
    const bytes = 64 * MiB + 1;
    const injection = tracked(memoryPressure({ bytes }));
    const [pid = 0] = processesWith(`${bytes}`);
    await vi.waitFor(() => expect(residentBytes(pid)).toBeGreaterThan(bytes), { timeout: 10_000 });
    await injection.end();
    expect(processesWith(`${bytes}`)).toEqual([]);
  });

  test('of an event loop keeps it from everything else for so long', async () => {
    const startMs = systemClock.monotonicMs();
    let firedMs = 0;
    const timer = systemClock.schedule(1, () => {
      firedMs = systemClock.monotonicMs() - startMs;
    });
    blockEventLoop(120);
    expect(firedMs).toBe(0);
    await vi.waitFor(() => expect(firedMs).toBeGreaterThanOrEqual(120), { interval: 1 });
    timer.cancel();
  });

  test('of one worker keeps that one, and neither another nor this thread', async () => {
    const [blocked, other] = await Promise.all([ticking(), ticking()]);
    await blockWorker(blocked.worker, 400);
    await once(blocked.worker, 'message');
    expect(blocked.longestMs()).toBeGreaterThanOrEqual(390);
    expect(other.longestMs()).toBeLessThan(blocked.longestMs());
    await blockWorker(blocked.worker, 10); // and again
  });

  test('of a worker that has ended, or ends meanwhile, is refused', async () => {
    const { worker } = await ticking();
    const blocking = blockWorker(worker, 20_000);
    void worker.terminate();
    await expect(blocking).rejects.toMatchObject({ code: 'NOT_POSSIBLE_NOW' });
    await expect(blockWorker(worker, 10)).rejects.toMatchObject({ code: 'NOT_POSSIBLE_NOW' });
    expect(worker.listenerCount('exit')).toBe(0);
  });

  test('of the processors makes the machine slower, as can be told', async () => {
    const usual = slowness();
    expect(usual).toBeGreaterThanOrEqual(1);
    tracked(cpuBurn({ processes: 8 * availableParallelism() }));
    expect(slowness()).toBeGreaterThan(Math.max(1.5, usual / 2)); // a machine that was slow already may be quicker again
  });

  test('that makes no sense is refused', async () => {
    expect(() => cpuBurn({ processes: 0 })).toThrow('processes must be 1 to 256; got 0');
    expect(() => cpuBurn({ maxMs: 0 })).toThrow('maxMs must be 1 to 600000; got 0');
    expect(() => memoryPressure({ bytes: 2 ** 50 })).toThrow('which is 80 % of what is free');
    expect(() => blockEventLoop(-1)).toThrow('blockMs must be 0 to 600000; got -1');
  });
});
