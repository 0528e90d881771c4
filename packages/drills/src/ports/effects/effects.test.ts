import { getEventListeners } from 'node:events';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedClock, seededRandom } from '@sustain/kernel';
import { beforeEach, expect, test } from 'vitest';
import {
  answers,
  breakable,
  connectionReset,
  delays,
  duplicates,
  freezes,
  hangs,
  inject,
  isInjected,
  jumps,
  noSpace,
  notNumbers,
  outOfMemory,
  rejects,
  reorders,
  shortened,
  silent,
  throws,
  toListener,
  writesPartly,
} from '../index.ts';

import { ledger } from './ledger.fixture.ts';

let clock: SimulatedClock;
beforeEach(() => {
  clock = new SimulatedClock();
});

test('throws at once, with a new error each time, before the work', async () => {
  const broken = inject(ledger(), { saveSync: { effect: throws(outOfMemory) } });
  const errors = [1, 2].map(() => {
    try {
      return broken.port.saveSync('a');
    } catch (error) {
      return error;
    }
  });
  expect(errors[0]).toBeInstanceOf(RangeError);
  expect(errors[0]).not.toBe(errors[1]);
  expect(errors.every(isInjected)).toBe(true);
  expect(broken.port.done).toEqual([]);
  await broken.end();
});

test('rejects and never throws synchronously; after the work, what was asked is done and its answer lost', async () => {
  const broken = inject(ledger(), {
    save: [
      { nth: 1, effect: rejects(connectionReset) },
      { nth: 2, effect: rejects(connectionReset, { afterWork: true }) },
    ],
  });
  await expect(broken.port.save('a')).rejects.toSatisfy(isInjected);
  await expect(broken.port.save('b')).rejects.toSatisfy(isInjected);
  expect(broken.port.done).toEqual(['b']);
  await broken.end();
});

test('hangs until the end of the injection, and then makes the call, or hands over what was done', async () => {
  const broken = inject(
    ledger(),
    {
      save: [
        { nth: 1, effect: hangs() },
        { nth: 2, effect: hangs({ afterWork: true }) },
      ],
    },
    { clock },
  );
  const settled: string[] = [];
  const before = broken.port.save('before').then((answer) => settled.push(`before ${answer}`));
  const after = broken.port.save('after').then((answer) => settled.push(`after ${answer}`));
  await clock.advance(20_000);
  expect([broken.port.done, settled]).toEqual([['after'], []]);
  await broken.end();
  await Promise.all([before, after]);
  expect(settled.toSorted()).toEqual(['after 1', 'before 2']);
});

test('who hangs obeys the signal among the arguments, as real code does, and leaves no listener on it', async () => {
  const broken = inject(
    { get: async (_signal: AbortSignal) => 1, post: async (_o: { signal: AbortSignal }) => 2 },
    { get: { effect: hangs() }, post: { effect: hangs() } },
    { clock },
  );
  const controller = new AbortController();
  const calls = [broken.port.get(controller.signal), broken.port.post({ signal: controller.signal })];
  controller.abort(new Error('enough'));
  for (const call of calls) await expect(call).rejects.toThrow('enough');
  await expect(broken.port.get(controller.signal)).rejects.toThrow('enough');

  const other = new AbortController();
  const hanging = broken.port.get(other.signal);
  expect(getEventListeners(other.signal, 'abort')).toHaveLength(1);
  await broken.end();
  expect(await hanging).toBe(1);
  expect(getEventListeners(other.signal, 'abort')).toHaveLength(0);
});

test('who hangs deafly ignores the signal, as code that was written without care', async () => {
  const broken = inject(ledger(), { save: { effect: hangs({ deaf: true }) } }, { clock });
  const controller = new AbortController();
  let isSettled = false;
  const hanging = broken.port.save('a', { signal: controller.signal }).finally(() => {
    isSettled = true;
  });
  controller.abort();
  await clock.advance(20_000);
  expect(isSettled).toBe(false);
  await broken.end();
  expect(await hanging).toBe(1);
});

test('delays by a constant, or by what is drawn in a range, and goes on at the end of the injection', async () => {
  const broken = inject(
    ledger(),
    {
      save: [
        { nth: 1, effect: delays(40) },
        { from: 2, effect: delays({ fromMs: 10, toMs: 20 }) },
      ],
    },
    { clock },
  );
  await clock.run(broken.port.save('a'));
  expect(clock.monotonicMs()).toBe(40);
  const times: number[] = [];
  for (let call = 0; call < 50; call++) {
    const fromMs = clock.monotonicMs();
    await clock.run(broken.port.save('b'));
    times.push(clock.monotonicMs() - fromMs);
  }
  expect(Math.min(...times)).toBeGreaterThanOrEqual(10);
  expect(Math.max(...times)).toBeLessThan(20);
  expect(new Set(times).size).toBeGreaterThan(40);
  const waiting = broken.port.save('c');
  await broken.end();
  expect(await waiting).toBe(52);
  expect(clock.waitingTimers).toBe(0);
});

test('answers wrongly: nothing, samples that are no numbers, silence, a text cut off', async () => {
  const broken = inject(
    {
      samples: async () => Float32Array.from({ length: 100 }, () => 0.5),
      text: () => 'a whole sentence',
      found: async (): Promise<object | null> => ({}),
    },
    {
      samples: [
        { nth: 1, effect: answers(notNumbers) },
        { nth: 2, effect: answers(silent) },
      ],
      text: { effect: answers((text) => shortened(text)) },
      found: { effect: answers(() => null) },
    },
  );
  const { port } = broken;
  expect([...(await port.samples())].filter(Number.isNaN).length).toBeGreaterThan(0);
  expect(new Set(await port.samples())).toEqual(new Set([0]));
  expect([port.text(), await port.found()]).toEqual(['a whole ', null]);
  await broken.end();
});

test('what is still being done when the injection ends is answered truly, and only once', async () => {
  const slow = {
    save: async (text: string) => {
      await clock.sleep(10);
      return text;
    },
  };
  for (const effect of [
    rejects(connectionReset, { afterWork: true }),
    answers<Promise<string>>(() => null),
  ]) {
    const broken = inject(slow, { save: { effect } }, { clock });
    const saving = broken.port.save('true');
    await broken.end();
    expect(await clock.run(saving)).toBe('true');
    expect(broken.trace).toEqual([]);
  }
  const saved = ledger();
  const twice = inject(saved, { save: { effect: duplicates() } }, { clock });
  const saving = twice.port.save('once');
  await twice.end();
  await saving;
  expect([saved.done, twice.trace]).toEqual([['once'], []]);
});

test('silence keeps the shape: planar channels, frames, numbers, texts; shortening takes what is long', () => {
  const random = seededRandom(1);
  const frame = { at: 3, channels: [Float32Array.of(1, 2), Float32Array.of(3, 4)], text: 'x', list: [1, 2] };
  expect(silent(frame)).toEqual({
    at: 3,
    channels: [new Float32Array(2), new Float32Array(2)],
    text: '',
    list: [0, 0],
  });
  expect(silent(Uint8Array.of(1, 2))).toEqual(new Uint8Array(2));
  expect(notNumbers(Float32Array.of(1), random)).toEqual(Float32Array.of(Number.NaN));
  expect(notNumbers(Int16Array.of(1), random)).toEqual(Int16Array.of(1));
  expect([shortened([1, 2, 3]), shortened('abcd', 0.25), shortened(5)]).toEqual([[1], 'a', 5]);
});

test('a partial write of a real file leaves half of it, and fails with what a full disk says', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'drills-ports-'));
  try {
    const file = join(folder, 'journal');
    const broken = inject(
      { append: (data: string) => appendFile(file, data), count: (data: string) => data.length },
      {
        append: [
          { nth: 1, effect: writesPartly({ fails: noSpace }) },
          { nth: 2, effect: writesPartly({ ratio: 0.1 }) },
        ],
        count: { effect: writesPartly({ ratio: 0.75 }) },
      },
    );
    await expect(broken.port.append('0123456789')).rejects.toMatchObject({ code: 'ENOSPC' });
    await broken.port.append('abcdefghij');
    expect(await readFile(file, 'utf8')).toBe('01234a');
    expect(broken.port.count('abcd')).toBe(3);
    expect(broken.trace.map(({ what }) => what)).toEqual(['5 of 10', '1 of 10', '3 of 4']);
    await broken.end();
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a partial write that fails truly fails with that', async () => {
  const failing = { append: (_data: string) => Promise.reject(new Error('read-only')) };
  const { port } = inject(failing, { append: { effect: writesPartly({ fails: noSpace }) } });
  await expect(port.append('0123')).rejects.toThrow('read-only');
});

test('a write without its data goes through as it is, and the trace says so', () => {
  const { port, trace } = inject(
    { append: (data?: string) => data ?? 'none' },
    { append: { effect: writesPartly() } },
  );
  expect(port.append()).toBe('none');
  expect(trace.map(({ what }) => what)).toEqual(['all of it']);
});

test('wall time jumps in both directions, or stands still; elapsed time and timers go on', async () => {
  const held = breakable(clock);
  const startMs = clock.wallMs();
  const back = inject(held, { wallMs: { effect: jumps(-3_600_000) } }, { clock });
  await clock.advance(10);
  expect([held.wallMs() - startMs, held.monotonicMs()]).toEqual([-3_599_990, 10]);
  await back.end();
  const frozen = inject(held, { wallMs: { effect: freezes() } }, { clock });
  const first = held.wallMs();
  const slept = held.sleep(50);
  await clock.advance(50);
  await slept;
  expect([held.wallMs() - first, held.monotonicMs()]).toEqual([0, 60]);
  await frozen.end();
  expect(held.wallMs() - startMs).toBe(60);
  expect(frozen.trace).toHaveLength(1);
});

test.each([
  ['a delay below 0', () => delays(-1), 'fromMs of delays must be'],
  ['a range upside down', () => delays({ fromMs: 2, toMs: 1 }), 'toMs of delays must be'],
  [
    'one message in another order',
    () => reorders({ messages: 1 }),
    'messages of the effect reorders must be',
  ],
  ['more than all of it', () => writesPartly({ ratio: 2 }), 'ratio of writesPartly must be'],
  ['no rule of a listener', () => toListener([]), 'there is no rule of toListener'],
])('%s is refused where it is said', (_what, make, message) => expect(make).toThrow(message));
