import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AudioTimeline, type Playing, simulate } from './index.ts';

/** What a listener heard of what `play` played. */
async function heard(play: (listener: AudioTimeline, at: (ms: number) => Promise<void>) => Promise<void>) {
  let listener: AudioTimeline | undefined;
  const result = await simulate(0, async (world) => {
    listener = world.audio('listener');
    expect(world.audio('listener')).toBe(listener);
    await play(listener, (ms) => world.clock.sleep(ms - world.clock.monotonicMs()));
  });
  if (result.state === 'failed') throw result.error;
  if (!listener) throw new Error('nobody listened');
  const { intervals, silenceMs, gapMs, overlapMs } = listener;
  return { intervals, silenceMs, gapMs, overlapMs, trace: result.trace };
}

test('what is heard is a list of intervals, and lines of the trace', async () => {
  const { intervals, trace } = await heard(async (listener, at) => {
    listener.play('phrase', 100);
    await at(90);
    const next = listener.play('phrase');
    expect(listener.hearing).toEqual(['phrase', 'phrase']);
    await at(250);
    expect(listener.hearing).toEqual(['phrase']);
    next.stop();
    next.stop();
    expect(listener.hearing).toEqual([]);
  });
  expect(intervals).toEqual([
    { kind: 'phrase', startMs: 0, endMs: 100 },
    { kind: 'phrase', startMs: 90, endMs: 250 },
  ]);
  expect(trace.filter((line) => line.includes('listener'))).toEqual([
    '0 · listener hears phrase',
    '90 · listener hears phrase',
    '250 · listener no longer hears phrase',
  ]);
});

test('silence is also before and after, a gap is between, an overlap is more than one', async () => {
  const measures = await heard(async (listener, at) => {
    await at(70);
    listener.play('a', 30);
    await at(120);
    listener.play('b', 100);
    await at(205);
    listener.play('c', 50);
    await at(400);
  });
  expect(measures).toMatchObject({ silenceMs: 145, gapMs: 20, overlapMs: 15 });
});

test('a gap that nobody looked into is found by the invariant when it is over, and silence while it lasts', async () => {
  const run = (what: 'gapMs' | 'silenceMs') =>
    simulate(0, async (world) => {
      const listener = world.audio('listener');
      world.invariant(what, () => listener[what] <= 50);
      listener.play('a', 100);
      await world.clock.sleep(160);
      listener.play('b', 100);
    });
  expect(await run('gapMs')).toMatchObject({ state: 'violated', endMs: 160 });
  expect(await run('silenceMs')).toMatchObject({ state: 'violated', endMs: 160 });
});

test('the measures are what counting every millisecond says', async () => {
  const step = fc.oneof(
    fc.record({ playMs: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ stop: fc.nat(5) }),
    fc.record({ waitMs: fc.integer({ min: 0, max: 25 }) }),
    fc.record({ look: fc.constant(true) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      let endMs = 0;
      const { intervals, ...measures } = await heard(async (listener, at) => {
        const playing: Playing[] = [];
        for (const one of steps) {
          if ('playMs' in one) playing.push(listener.play('x', one.playMs));
          else if ('stop' in one) playing[one.stop]?.stop();
          else if ('waitMs' in one) {
            endMs += one.waitMs;
            await at(endMs);
          } else expect(listener.overlapMs).toBeGreaterThanOrEqual(0);
        }
      });
      expect(measures).toMatchObject(counted(intervals, endMs));
    }),
    { numRuns: 400, seed: 5 },
  );
});

/** The longest runs of milliseconds in which nobody, or more than one, was heard. */
function counted(intervals: AudioTimeline['intervals'], endMs: number) {
  const longest = { silenceMs: 0, gapMs: 0, overlapMs: 0 };
  let quietMs = 0;
  let overlapMs = 0;
  let hasHeard = false;
  for (let ms = 0; ms <= endMs; ms++) {
    const count = intervals.filter(({ startMs, endMs }) => startMs <= ms && ms < endMs).length;
    if (count > 0 && hasHeard) longest.gapMs = Math.max(longest.gapMs, quietMs);
    if (ms === endMs) break;
    hasHeard ||= count > 0;
    quietMs = count === 0 ? quietMs + 1 : 0;
    overlapMs = count > 1 ? overlapMs + 1 : 0;
    longest.silenceMs = Math.max(longest.silenceMs, quietMs);
    longest.overlapMs = Math.max(longest.overlapMs, overlapMs);
  }
  return longest;
}
