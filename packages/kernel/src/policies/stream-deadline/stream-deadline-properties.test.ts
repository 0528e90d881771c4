import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StreamDeadlineOptions } from '../index.ts';
import { type Step, trial } from './stream-deadline.fixture.ts';

test('property: it is late exactly when one of its limits is reached, and of the first that is', async () => {
  const gap = fc.noBias(fc.integer({ min: 1, max: 10_000 }));
  const what = fc.constantFrom('connected', 'chunk', 'output' as const);
  const limit = fc.option(fc.noBias(fc.integer({ min: 1, max: 30_000 })), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(gap, what), { maxLength: 8 }),
      fc.tuple(limit, limit, limit, limit),
      async (gaps, [connectMs, firstChunkMs, stallMs, totalMs]) => {
        let atMs = 0;
        const steps: Step[] = gaps.map(([gapMs, each]) => {
          atMs += gapMs;
          return [atMs, each];
        });
        steps.push([atMs + 7, 'end']);
        const set = { connectMs, firstChunkMs, stallMs, totalMs };
        const options = Object.fromEntries(Object.entries(set).filter(([, ms]) => ms !== undefined));
        expect(await trial(options, steps)).toBe(lateness(set, steps));
      },
    ),
    { numRuns: 200, seed: 17 },
  );
});

/** The same, said in the plainest way: looks at every millisecond at which something may be due. */
function lateness(
  set: Record<keyof StreamDeadlineOptions, number | undefined>,
  steps: readonly Step[],
): string {
  const at = (is: (what: string) => boolean) => steps.filter(([, what]) => is(what)).map(([atMs]) => atMs);
  const endMs = at((what) => what === 'end')[0] as number;
  const outputs = at((what) => what === 'output');
  const due: [number, string][] = [];
  const unless = (
    before: number | undefined,
    sinceMs: number,
    limitMs: number | undefined,
    phase: string,
  ) => {
    if (limitMs !== undefined && !((before ?? endMs) < sinceMs + limitMs)) {
      due.push([sinceMs + limitMs, `${phase} ${limitMs}`]);
    }
  };
  unless(Math.min(endMs, at(() => true)[0] as number), 0, set.connectMs, 'connect');
  unless(outputs[0], 0, set.firstChunkMs, 'firstChunk');
  for (const [index, atMs] of outputs.entries()) unless(outputs[index + 1], atMs, set.stallMs, 'stall');
  unless(endMs, 0, set.totalMs, 'total');
  const [first] = due.filter(([dueMs]) => dueMs <= endMs).toSorted(([a], [b]) => a - b);
  return first ? `${first[0]} ms: tts ${first[1]}` : `${endMs} ms: ended`;
}
