import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SimulatedClock, systemClock } from '../../time/index.ts';
import { type DeadlineQueue, deadlineQueue } from './deadline-queue.ts';

interface Item {
  readonly addedMs: number;
  place: number;
}

function queueOf(clock: SimulatedClock, delayMs: number) {
  const expired: { item: Item; atMs: number }[] = [];
  const queue = deadlineQueue<Item>(
    clock,
    delayMs,
    (item) => expired.push({ item, atMs: clock.monotonicMs() }),
    (item, place) => {
      item.place = place;
    },
  );
  const add = (): Item => {
    const item = { addedMs: clock.monotonicMs(), place: -1 };
    item.place = queue.add(item, item.addedMs);
    return item;
  };
  return { queue, expired, add };
}

test('every item that stays is told at its time, in order, and no other ever', async () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.constant('add' as const) },
    { weight: 2, arbitrary: fc.nat(30) },
    { weight: 1, arbitrary: fc.record({ passMs: fc.nat(40) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 150, size: 'max' }), async (steps) => {
      const clock = new SimulatedClock();
      const { queue, expired, add } = queueOf(clock, 100);
      const all: Item[] = [];
      const removed = new Set<Item>();
      const isWaiting = (item: Item) => !removed.has(item) && !expired.some((one) => one.item === item);
      for (const each of steps) {
        if (each === 'add') all.push(add());
        else if (typeof each === 'object') await clock.advance(each.passMs);
        else {
          const waiting = all.filter(isWaiting);
          const item = waiting[each % Math.max(waiting.length, 1)];
          if (item === undefined) continue;
          removed.add(item);
          queue.remove(item.place);
        }
      }
      await clock.advance(1000);
      expect(expired.map(({ item }) => item)).toEqual(all.filter((item) => !removed.has(item)));
      for (const { item, atMs } of expired) expect(atMs - item.addedMs).toBe(100);
      expect(clock.waitingTimers).toBe(0);
    }),
    { numRuns: 100, seed: 5 },
  );
});

/** Its time costs something to read, as the host's does. */
class LaggingClock extends SimulatedClock {
  override readonly lagMs = 5;
}

test('property: a long deadline counts from when the queue looks: never early, late by two lags at most', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(400), { maxLength: 60 }),
      fc.integer({ min: 160, max: 500 }),
      async (gaps, delayMs) => {
        const clock = new LaggingClock();
        const { queue, expired, add } = queueOf(clock, delayMs);
        const all: Item[] = [];
        for (const gapMs of gaps) {
          // Every other one ends in time.
          if (gapMs % 2 === 0) queue.remove(add().place);
          else all.push(add());
          await clock.advance(gapMs / 10);
        }
        await clock.advance(delayMs + 10);
        expect(expired.map(({ item }) => item)).toEqual(all);
        for (const { item, atMs } of expired) {
          expect(atMs - item.addedMs).toBeGreaterThanOrEqual(delayMs);
          expect(atMs - item.addedMs).toBeLessThanOrEqual(delayMs + 10);
        }
        await clock.advance(delayMs);
        expect(clock.waitingTimers).toBe(0);
      },
    ),
    { numRuns: 100, seed: 5 },
  );
});

test('a loop that is held up makes no deadline early', async () => {
  const clock = new LaggingClock();
  const { expired, add } = queueOf(clock, 1000);
  add();
  await clock.advance(4);
  // What looks at the items comes late: the clock has moved on by then.
  const { monotonicMs } = clock;
  clock.monotonicMs = () => monotonicMs.call(clock) + 3000;
  const item = add();
  await clock.advance(999);
  expect(expired).toEqual([]);
  await clock.advance(100);
  expect(expired.at(-1)?.atMs).toBeGreaterThanOrEqual(item.addedMs + 1000);
});

test('a short deadline is exact, whatever the clock', async () => {
  const clock = new LaggingClock();
  const { queue, expired, add } = queueOf(clock, 159);
  expect(queue.isExact).toBe(true);
  add();
  await clock.advance(159);
  expect(expired).toHaveLength(1);
});

test('many calls that end in time need one timer, and one that hangs does not make the ring grow', async () => {
  const clock = new SimulatedClock();
  const { queue, add } = queueOf(clock, 1000);
  const hanging = add();
  let other = add();
  for (let i = 0; i < 100_000; i++) {
    const next = add();
    queue.remove(other.place);
    other = next;
  }
  expect(clock.waitingTimers).toBe(1);
  expect(hanging.place).toBe(0);
  expect(other.place).toBeLessThan(16);
});

test('after a burst, adding costs what it did before, though one item hangs', () => {
  const { queue, add } = queueOf(new SimulatedClock(), 1000);
  add();
  const addingTakesMs = () => {
    const beganMs = systemClock.monotonicMs();
    for (let i = 0; i < 20_000; i++) queue.remove(add().place);
    return systemClock.monotonicMs() - beganMs;
  };
  addingTakesMs();
  const beforeMs = addingTakesMs();
  const burst = Array.from({ length: 500_000 }, add);
  for (const item of burst) queue.remove(item.place);
  expect(addingTakesMs()).toBeLessThan(20 * beforeMs + 100);
});

test('items that are added while others are told wait their own time', async () => {
  const clock = new SimulatedClock();
  const ended: number[] = [];
  const queue: DeadlineQueue<number> = deadlineQueue(
    clock,
    10,
    (item) => {
      ended.push(clock.monotonicMs());
      for (let i = 0; item > 0 && i < 10; i++) queue.add(item - 1, clock.monotonicMs());
    },
    () => undefined,
  );
  queue.add(2, 0);
  await clock.advance(100);
  expect(ended).toEqual([10, ...new Array(10).fill(20), ...new Array(100).fill(30)]);
});

test('an item that is added while another is told does not make those late that came before it', async () => {
  const clock = new SimulatedClock();
  const ended: string[] = [];
  const queue: DeadlineQueue<string> = deadlineQueue(
    clock,
    10,
    (item) => {
      ended.push(`${item} ${clock.monotonicMs()}`);
      if (item === 'first') queue.add('third', clock.monotonicMs());
    },
    () => undefined,
  );
  queue.add('first', 0);
  await clock.advance(5);
  queue.add('second', 5);
  await clock.advance(100);
  expect(ended).toEqual(['first 10', 'second 15', 'third 20']);
});
