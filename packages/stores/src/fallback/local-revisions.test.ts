import { seededRandom, systemRandom } from '@sustain/kernel';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FIRST_LOCAL, LocalRevisions, NEVER } from './local-revisions.ts';

it('revisions grow, are whole numbers of a range of their own, and have sixteen digits', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(20), (seed, lives) => {
      let last = FIRST_LOCAL - 1;
      for (let life = 0; life <= lives; life++) {
        const revisions = new LocalRevisions(seededRandom(`${seed}/${life}`));
        if (life > 0) revisions.goOnAfter(last);
        for (let at = 0; at < 3; at++) {
          const next = revisions.next();
          expect(next).toBeGreaterThan(last);
          expect(next).toBeLessThan(NEVER);
          expect(`${next}`).toHaveLength(16);
          last = next;
        }
      }
    }),
  );
});

it('after a crash none comes again, also of those that had left the journal', () => {
  for (let run = 0; run < 100; run++) {
    const before = new LocalRevisions(systemRandom);
    const left = before.next();
    const gone = Array.from({ length: 1000 }, () => before.next());
    const after = new LocalRevisions({ next: () => 0, fork: () => systemRandom });
    after.goOnAfter(left);
    expect(after.next()).toBeGreaterThan(gone.at(-1) as number);
  }
});

it('what they have become is remembered, for the last hundred thousand', () => {
  const revisions = new LocalRevisions(systemRandom);
  const first = revisions.next();
  revisions.became(first, 1);
  expect(revisions.inPrimary(first)).toBe(1);
  expect(revisions.isSame(first, 1)).toBe(true);
  for (let at = 0; at < 100_000; at++) revisions.became(revisions.next(), at);
  expect(revisions.inPrimary(first)).toBe(first);
});
