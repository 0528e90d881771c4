import { seededRandom } from '@sustain/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HistoryEvent } from './event.ts';
import {
  exactlyOnce,
  historyOf,
  linearizable,
  type OpenOperation,
  type Operation,
  Recorder,
} from './index.ts';

const key = 'list';

function history(write: (append: (client: string) => OpenOperation) => void): readonly Operation[] {
  const events: HistoryEvent[] = [];
  const clients = new Map<string, Recorder>();
  write((client) => {
    const recorder =
      clients.get(client) ?? new Recorder({ client, append: (event) => void events.push(event) });
    clients.set(client, recorder);
    return recorder.invoke({ kind: 'append', key });
  });
  return historyOf(events).operations;
}

const applied = (...ids: string[]) => new Map([[key, ids]]);

const sequence = history((append) => {
  append('a').ok();
  append('a').ok();
  append('a').unknown();
  append('a').failed();
});

test('what was acknowledged is there once; what is unknown may be there once', () => {
  expect(exactlyOnce(sequence, applied('a-1', 'a-2'))).toEqual({ state: 'holds', operations: 4 });
  expect(exactlyOnce(sequence, applied('a-1', 'a-2', 'a-3'))).toMatchObject({ state: 'holds' });
});

test.each([
  ['a doubling', ['a-1', 'a-2', 'a-1'], 'applied-twice', 'a-1 was applied 2 times', ['a-1']],
  [
    'a doubling of an unknown one',
    ['a-1', 'a-2', 'a-3', 'a-3'],
    'applied-twice',
    'a-3 was applied 2 times',
    ['a-3'],
  ],
  ['a loss', ['a-2'], 'lost-write', 'a-1 was acknowledged and is not there', ['a-1']],
  ['a reordering', ['a-2', 'a-1'], 'reordered', 'a-2 stands before a-1', ['a-1', 'a-2']],
  ['what was refused', ['a-1', 'a-2', 'a-4'], 'applied-though-refused', 'a-4 was applied', ['a-4']],
  ['what nobody asked for', ['a-1', 'a-2', 'z'], 'unwritten-value', '"z" is there', []],
])('%s is found', (_what, ids, reason, message, evidence) => {
  const verdict = exactlyOnce(sequence, applied(...ids));
  expect(verdict).toMatchObject({ state: 'violated', reason, key, evidence: evidence.map((id) => ({ id })) });
  expect(verdict).toHaveProperty('message', expect.stringContaining(message));
});

test('where the order proves nothing, as of jobs, only the counts matter', () => {
  expect(exactlyOnce(sequence, applied('a-2', 'a-1'), { inOrder: false })).toMatchObject({ state: 'holds' });
});

test('concurrent operations may stand in any order', () => {
  const operations = history((append) => {
    const [one, two] = [append('a'), append('b')];
    one.ok();
    two.ok();
  });
  expect(exactlyOnce(operations, applied('b-1', 'a-1'))).toMatchObject({ state: 'holds' });
});

test('what is there under a key that nobody wrote to is found', () => {
  expect(exactlyOnce([], applied('x'))).toMatchObject({ reason: 'unwritten-value', key });
});

test('a list kept by compare-and-set shows both: whether it is exact, and whether it is linearizable', () => {
  fc.assert(
    fc.property(fc.nat(), fc.boolean(), (seed, isBroken) => {
      const random = seededRandom(seed);
      const events: HistoryEvent[] = [];
      const list: string[] = [];
      const clients = ['a', 'b', 'c'].map(
        (client) => new Recorder({ client, append: (event) => void events.push(event) }),
      );
      for (let round = 0; round < 40; round++) {
        const last = list.at(-1) ?? null;
        const ids = clients.map((_, index) => `${index}:${round}`);
        const open = clients.map((client, index) =>
          client.invoke({
            id: ids[index] as string,
            kind: 'compare-and-set',
            key,
            expected: last,
            value: ids[index] as string,
          }),
        );
        const winner = Math.floor(random.next() * open.length);
        list.push(ids[winner] as string);
        // The store that is broken acknowledges another one, too, and lets it have no effect.
        const fooled = isBroken && round === 20 ? (winner + 1) % open.length : -1;
        open.forEach((one, index) => {
          if (index === winner && random.next() < 0.1) one.unknown();
          else if (index === winner || index === fooled) one.ok();
          else one.mismatch();
        });
      }
      const { operations } = historyOf(events);
      const state = isBroken ? 'violated' : 'holds';
      expect(exactlyOnce(operations, new Map([[key, list]]))).toMatchObject({ state });
      expect(linearizable(operations)).toMatchObject({ state });
    }),
    { numRuns: 40, seed: 1 },
  );
});
