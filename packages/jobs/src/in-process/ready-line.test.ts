import { systemClock } from '@sustain/kernel';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ReadyLine } from './ready-line.ts';

it('is what sorting would answer, whatever comes and goes', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('add'), id: fc.nat(12), priority: fc.nat(3) }),
    fc.record({ do: fc.constant('delete'), id: fc.nat(12), priority: fc.constant(0) }),
    fc.record({ do: fc.constant('take'), id: fc.constant(0), priority: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const line = new ReadyLine();
      let model: { id: string; priority: number }[] = [];
      for (const { do: what, id: number, priority } of steps) {
        const id = `${number}`;
        const isThere = model.some((job) => job.id === id);
        expect(line.has(id)).toBe(isThere);
        if (what === 'add') {
          line.add(id, priority);
          if (!isThere) model.push({ id, priority });
        } else if (what === 'delete') {
          expect(line.delete(id)).toBe(isThere);
          model = model.filter((job) => job.id !== id);
        } else {
          const [first] = [...model].sort((a, b) => b.priority - a.priority);
          expect(line.take()).toBe(first?.id);
          model = model.filter((job) => job !== first);
        }
        expect(line.size).toBe(model.length);
      }
    }),
  );
});

it('takes a hundred thousand jobs one by one without looking at all of them each time', () => {
  const line = new ReadyLine();
  const begunMs = systemClock.monotonicMs();
  for (let at = 0; at < 100_000; at++) line.add(`${at}`, at % 3);
  for (let at = 0; at < 100_000; at++) line.take();
  expect(line.size).toBe(0);
  // A walk over those that are gone would take minutes.
  expect(systemClock.monotonicMs() - begunMs).toBeLessThan(5000);
});
