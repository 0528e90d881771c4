import { seededRandom } from '@sustain/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HistoryEvent, Outcome, Value } from './event.ts';
import { isPossibleInSomeOrder } from './every-order.fixture.ts';
import { acknowledgedWrites, historyOf, linearizable, type Operation } from './index.ts';
import { simulateRegisters } from './register.fixture.ts';

const anySimulation = fc.record({
  seed: fc.nat(),
  operations: fc.integer({ min: 1, max: 150 }),
  clients: fc.integer({ min: 1, max: 8 }),
  keys: fc.integer({ min: 1, max: 4 }),
  unknown: fc.constantFrom(0, 0.05, 0.2),
  failed: fc.constantFrom(0, 0.1),
});

test('whatever clients see of registers that work, holds', () => {
  fc.assert(
    fc.property(anySimulation, ({ seed, ...simulation }) => {
      const { events, final } = simulateRegisters({ random: seededRandom(seed), ...simulation });
      const { operations } = historyOf(events);
      expect(linearizable(operations)).toEqual({ state: 'holds', operations: operations.length });
      expect(acknowledgedWrites(operations, final)).toMatchObject({ state: 'holds' });
    }),
    { numRuns: 300, seed: 1 },
  );
});

type Draft = Readonly<Record<'value' | 'expected', Value>> &
  Readonly<Record<'kind' | 'outcome', string>> &
  Readonly<Record<'from' | 'to', number>>;

/** Up to six operations with any answers, whether a register could have given them or not. */
function anySmallHistory(values: readonly Value[], outcomes: readonly string[]) {
  const draft = fc.record({
    kind: fc.constantFrom('read', 'write', 'compare-and-set', 'compare-and-set', 'delete'),
    value: fc.constantFrom(...values),
    expected: fc.constantFrom(...values),
    outcome: fc.constantFrom(...outcomes),
    from: fc.nat(11),
    to: fc.nat(11),
  });
  return fc.array(draft, { minLength: 1, maxLength: 6, size: 'max' }).map(historyFrom);
}

function historyFrom(drafts: readonly Draft[]): readonly Operation[] {
  const moments = drafts.flatMap(({ from, to }, index) => [
    { time: Math.min(from, to), index, isEnd: false },
    { time: Math.max(from, to), index, isEnd: true },
  ]);
  moments.sort((a, b) => a.time - b.time || a.index - b.index || Number(a.isEnd) - Number(b.isEnd));
  const events = moments.map(({ index, isEnd, time }): HistoryEvent => {
    const { kind, value, expected, outcome } = drafts[index] as Draft;
    const common = { id: `${index}`, atMs: time };
    if (!isEnd)
      return { event: 'invoked', client: 'c', key: 'k', ...common, kind, value, expected } as HistoryEvent;
    const said = outcome === 'mismatch' && kind !== 'compare-and-set' ? 'ok' : (outcome as Outcome);
    return {
      event: 'completed',
      ...common,
      outcome: said,
      ...(kind === 'read' && said === 'ok' && { value }),
    };
  });
  return historyOf(events).operations;
}

test.each([
  ['few values', [1, 2, null], ['ok', 'ok', 'ok', 'mismatch', 'unknown', 'failed']],
  ['many values', [1, 2, 3, 4, 5, null], ['ok', 'ok', 'mismatch', 'mismatch', 'unknown']],
  ['many unknown outcomes', [1, 2, 3, null], ['ok', 'mismatch', 'unknown', 'unknown']],
])(
  'with %s, the search and a try of every order agree, both ways, and what is shown as evidence is evidence',
  (_what, values, outcomes) => {
    const found = { possible: 0, impossible: 0 };
    fc.assert(
      fc.property(anySmallHistory(values, outcomes), (operations) => {
        const isPossible = isPossibleInSomeOrder(operations);
        found[isPossible ? 'possible' : 'impossible']++;
        const verdict = linearizable(operations);
        expect(verdict.state).toBe(isPossible ? 'holds' : 'violated');
        if (verdict.state === 'violated') expect(isPossibleInSomeOrder(verdict.evidence)).toBe(false);
      }),
      { numRuns: 2000, seed: 2 },
    );
    expect(Math.min(found.possible, found.impossible)).toBeGreaterThan(200);
  },
);

test('wherever one answer of a large history is made wrong, it is found when no order can explain it', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (seed, where) => {
      const { events } = simulateRegisters({
        random: seededRandom(seed),
        operations: 300,
        clients: 4,
        keys: 3,
      });
      const reads = historyOf(events).operations.filter(({ kind }) => kind === 'read');
      const wrong = reads[where % reads.length] as Operation;
      const changed = events.map((event) =>
        event.event === 'completed' && event.id === wrong.id ? { ...event, value: 'never written' } : event,
      );
      expect(linearizable(historyOf(changed).operations)).toMatchObject({
        state: 'violated',
        reason: 'unwritten-value',
        evidence: [{ id: wrong.id }],
      });
    }),
    { numRuns: 100, seed: 3 },
  );
});
