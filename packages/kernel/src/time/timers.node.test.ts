import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { seededRandom } from './random.ts';
import { createTimers } from './timers.ts';

test('a callback gets its data, may cancel others, and its error stops nobody', async () => {
  const timers = createTimers();
  const fired: unknown[] = [];
  const uncaught = new Promise((resolve) => process.once('uncaughtException', resolve));
  const others = process.listeners('uncaughtException').slice(0, -1);
  for (const other of others) process.removeListener('uncaughtException', other);
  const broken = new Error('mine');
  const fire = (data: unknown) => {
    fired.push(data);
    if (data === 1) last.cancel();
    if (data === 2) throw broken;
  };
  for (const data of [1, 2, 3]) timers.add(10, 0, fire, data);
  const last = timers.add(10, 0, fire, 4);
  timers.advance(10);
  expect(fired).toEqual([1, 2, 3]);
  expect(await uncaught).toBe(broken);
  for (const other of others) process.on('uncaughtException', other);
});

describe('memory', () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;

  test('hour-long timers of ever other durations leave nothing behind when they are cancelled', () => {
    const timers = createTimers();
    const random = seededRandom(1);
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 200_000; i++) timers.add(3_600_000 + random.next(), i, () => undefined, i).cancel();
    gc();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(2e6);
  });

  test('who keeps a timer that waits no longer keeps neither its data nor other timers', async () => {
    const timers = createTimers();
    const data = Array.from({ length: 3 }, () => new WeakRef({ big: true }));
    const kept = [0, 1].map((i) => timers.add(10, 0, () => undefined, data[i]?.deref()));
    timers.add(10, 0, () => undefined, data[2]?.deref());
    kept[0]?.cancel();
    timers.advance(10);
    await new Promise(setImmediate);
    gc();
    expect(data.map((ref) => ref.deref())).toEqual([undefined, undefined, undefined]);
    expect(kept).toHaveLength(2);
  });
});
