import type { Signal } from '@sustain/kernel';
import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import type { GapDocument } from '../schemas/index.ts';
import { signalFilter } from './signal-filter.ts';
import { SignalHistory } from './signal-history.ts';
import { SignalReader } from './signal-reader.ts';

const signal = (n: number): Signal => ({
  type: n % 3 === 0 ? 'breaker.changed' : 'retry.waited',
  source: n % 2 === 0 ? 'llm' : 'tts',
  wallMs: 0,
  monotonicMs: n,
  data: { n },
});

/** What a browser makes of the text: the ids it remembers, and its events. */
class Browser {
  lastId: string | undefined;
  readonly seen: number[] = [];
  readonly gaps: GapDocument[] = [];
  /** Signals, told or counted as missing, in the order in which that was told. */
  accounted = 0;
  hear(text: string): void {
    for (const block of text.split('\n\n')) {
      const fields = new Map(
        block.split('\n').map((line) => [line.split(': ', 1)[0], line.slice(line.indexOf(': ') + 2)]),
      );
      const data = JSON.parse(fields.get('data') ?? 'null');
      if (fields.get('event') === 'gap') {
        this.gaps.push(data);
        this.accounted += data.missed ?? 0;
      } else if (data !== null) {
        expect(data.data.n, 'in order, and none twice').toBeGreaterThan(this.seen.at(-1) ?? 0);
        this.seen.push(data.data.n);
        this.accounted++;
        expect(data.data.n, 'nothing left out without a gap').toBe(this.accounted);
      }
      if (fields.has('id')) this.lastId = fields.get('id');
    }
  }
}

const step = fc.oneof(
  fc.record({ do: fc.constant('emit' as const), count: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ do: fc.constant('read' as const), characters: fc.integer({ min: 1, max: 2000 }) }),
  fc.record({ do: fc.constant('lose' as const), keep: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ do: fc.constant('heartbeat' as const) }),
);

test('whatever is emitted, read, cut off and resumed: every signal is seen once and in order, or a gap counts it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(step, { maxLength: 60, size: 'max' }),
      (capacity, steps) => {
        const history = new SignalHistory({ epoch: 'e', capacity });
        const browser = new Browser();
        const connect = () =>
          new SignalReader({ history, filter: () => true, lastId: browser.lastId ?? 'start' });
        let reader = connect();
        const read = (characters: number) => browser.hear(reader.next(characters));
        read(1);
        for (const step of steps) {
          if (step.do === 'emit')
            for (let i = 0; i < step.count; i++) history.add(signal(history.latest + 1));
          else if (step.do === 'read') read(step.characters);
          else if (step.do === 'heartbeat') browser.hear(reader.heartbeat());
          else {
            // The connection breaks with part of what was sent on its way: whole events of it arrive.
            const blocks = reader.next(500).split('\n\n');
            browser.hear(blocks.slice(0, Math.floor(blocks.length * step.keep)).join('\n\n'));
            reader = connect();
          }
        }
        while (reader.behind) read(10_000);
        expect(browser.accounted).toBe(history.latest);
        for (const gap of browser.gaps) expect(gap.missed).toBeGreaterThan(0);
      },
    ),
    { numRuns: inject('long') ? 5000 : 500, seed: 5 },
  );
});

test.each<[string, string, GapDocument]>([
  ['a restart of the server', 'older-7', { reason: 'restarted' }],
  ['an id that nobody gave', 'hello', { reason: 'unknown-id' }],
  ['an id of the future', 'e-10000', { reason: 'unknown-id' }],
  ['an id with a huge number', `e-${'9'.repeat(400)}`, { reason: 'unknown-id' }],
  ['an absence that was too long', 'e-3', { reason: 'too-old', missed: 17 }],
])('%s is noticed and told, and what is kept is sent', (_what, lastId, gap) => {
  const history = new SignalHistory({ epoch: 'e', capacity: 10 });
  for (let n = 1; n <= 30; n++) history.add(signal(n));
  const reader = new SignalReader({ history, filter: () => true, lastId });
  const text = reader.next(100_000);
  expect(text.startsWith(`id: e-20\nevent: gap\ndata: ${JSON.stringify(gap)}\n\nid: e-21\n`)).toBe(true);
  expect(reader.counts).toEqual({ sent: 10, gaps: 1, missed: gap.missed ?? 0 });
});

test('a newcomer begins with what comes next, and resumes from there though nothing has come', () => {
  const history = new SignalHistory({ epoch: 'e' });
  for (let n = 1; n <= 3; n++) history.add(signal(n));
  const reader = new SignalReader({ history, filter: () => true });
  expect(reader.next(1000)).toBe('id: e-3\n\n');
  history.add(signal(4));
  const back = new SignalReader({ history, filter: () => true, lastId: 'e-3' });
  expect(back.next(1000)).toContain('"n":4');
});

test('a filter takes types and sources, exact or by their beginning, and who wants little still knows where it is', () => {
  const history = new SignalHistory({ epoch: 'e', capacity: 100 });
  const filter = signalFilter({ types: ['breaker.*'], sources: ['llm', 'nobody'] });
  const reader = new SignalReader({ history, filter, lastId: 'start' });
  for (let n = 1; n <= 60; n++) history.add(signal(n));
  const events = [...reader.next(1e6).matchAll(/"n":(\d+)/g)].map(([, n]) => Number(n));
  expect(events).toEqual([6, 12, 18, 24, 30, 36, 42, 48, 54, 60]);
  const none = new SignalReader({ history, filter: signalFilter({ types: ['x'] }), lastId: 'start' });
  expect(none.next(1e6)).toBe('id: e-0\n\nid: e-60\n\n');
});

test('each signal is made JSON once, whoever reads it, and not before somebody does', () => {
  const history = new SignalHistory({ epoch: 'e' });
  let looks = 0;
  const data = {
    get looked() {
      return ++looks;
    },
  };
  history.add({ ...signal(1), data });
  expect(looks).toBe(0);
  for (let i = 0; i < 5; i++) {
    expect(new SignalReader({ history, filter: () => true, lastId: 'start' }).next(1e6)).toContain(
      '"looked":1',
    );
  }
});
