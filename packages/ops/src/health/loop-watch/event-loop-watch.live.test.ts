import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { runtimePerformance } from '../../performance/index.ts';
import { eventLoopCheck, eventLoopWatch, HealthMonitor } from '../index.ts';

const PROGRAM = fileURLToPath(new URL('fixtures/watched-process.ts', import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: lines of JSON, judged by the tests.
type Line = any;

/** What a watched process says on both outputs, line by line, and how it ends. */
function run(...orders: string[]) {
  const child: ChildProcess = spawn(process.execPath, [PROGRAM, ...orders]);
  const lines = (stream: NodeJS.ReadableStream | null) => {
    const all: string[] = [];
    if (stream !== null) createInterface(stream).on('line', (line) => all.push(line));
    return all;
  };
  const [out, err] = [lines(child.stdout), lines(child.stderr)];
  const ended = once(child, 'close').then(([code]) => ({
    code,
    out: out.map((line): Line => JSON.parse(line)),
    err,
  }));
  return { child, out, ended };
}

/** Keeps this event loop busy. */
function block(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

test('a blocked event loop is told while it is blocked, in few lines, and once more when it is over', async () => {
  const { code, out, err } = await run('block', '1800').ended;
  const [, { overAt }, { signal, figures }] = out;
  const told = err.map((line): Line => JSON.parse(line));
  expect(told[0]).toMatchObject({
    level: 'ERROR',
    module: 'event-loop',
    sessionId: 'session-1',
    message: expect.stringMatching(/^the event loop has been blocked for \d+ ms and still is/),
  });
  expect(told[0].context.blockedMs).toBeGreaterThanOrEqual(250);
  expect(told[0].context.blockedMs).toBeLessThan(1000);
  expect(Date.parse(told[0].timestamp)).toBeLessThan(Date.parse(overAt) - 500);
  // At 250 ms, twice that, and twice that again.
  expect(told.length).toBeGreaterThanOrEqual(2);
  expect(told.length).toBeLessThanOrEqual(3);
  expect(signal.lines).toBe(told.length);
  expect(signal.blockedMs).toBeGreaterThan(1700);
  expect(figures.lateFrames).toBeGreaterThan(80);
  expect(code).toBe(0);
});

test.each([
  ['', 0],
  ['throw', 1],
  ['close', 0],
])('the thread does not hold the process open (%s), starts beside it and is small', async (order, code) => {
  const ended = await run(order).ended;
  expect(ended.code).toBe(code);
  const { madeMs, upMs, rssMiB } = ended.out[0];
  console.log(
    `thread: made in ${madeMs.toFixed(1)} ms, up after ${upMs.toFixed(0)} ms, ${rssMiB.toFixed(1)} MiB`,
  );
  expect(rssMiB).toBeLessThan(30);
});

test('a process that was stopped, not blocked, accuses nobody', async () => {
  const { child, out, ended } = run('wait', '3000');
  while (out.length === 0) await sleep(5);
  child.kill('SIGSTOP');
  await sleep(1500);
  child.kill('SIGCONT');
  expect((await ended).err).toEqual([]);
});

test('a line that cannot be written is counted, and the watch goes on', async () => {
  using watch = eventLoopWatch({ fd: 9999, blockedMs: 100 });
  while (!watch.isWatched) await sleep(1);
  await sleep(50);
  block(400);
  expect(watch.lines).toMatchObject({ written: 0 });
  expect(watch.lines.lost).toBeGreaterThan(0);
  expect(watch.isWatched).toBe(true);
});

test('platformatic#4957: stalls of 150 ms each second are seen, where utilization says that all is well', async () => {
  using runtime = runtimePerformance();
  using watch = eventLoopWatch({ fd: 'none' });
  const monitor = new HealthMonitor({ clock: systemClock });
  monitor.add('studio', eventLoopCheck(watch, { jitterBufferMs: 100 }));
  await sleep(300);
  for (let second = 0; second < 3; second++) {
    block(150);
    await sleep(850);
  }
  const { eventLoopUtilization, eventLoopDelayMaxMs } = runtime();
  const { checks, overallHealth } = await monitor.runHealthChecks();
  console.log({ eventLoopUtilization, eventLoopDelayMaxMs, ...watch.figures() });
  expect(eventLoopUtilization).toBeLessThan(0.5);
  expect(eventLoopDelayMaxMs).toBeGreaterThan(120);
  expect(overallHealth).toBe('degraded');
  expect(checks[0]?.message).toMatch(/^\d\d audio frames were late in 10 s/);
  expect(watch.figures().lateFrames).toBeGreaterThanOrEqual(3 * 6);
});

test('under-pressure#294: utilization is of the last window, not of the whole life of the process', async () => {
  using runtime = runtimePerformance({ windowMs: 300 });
  for (let each = 0; each < 20; each++) {
    block(60);
    await sleep(1);
  }
  expect(runtime().eventLoopUtilization).toBeGreaterThan(0.8);
  await sleep(1000);
  expect(runtime().eventLoopUtilization).toBeLessThan(0.4);
});
