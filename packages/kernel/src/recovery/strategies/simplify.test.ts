import { describe, expect, test } from 'vitest';
import { kernelFaults } from '../../faults/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import { type SimplifyOptions, simplify } from './simplify.ts';

interface Phrase {
  readonly melody: readonly number[];
  readonly percussion: boolean;
}

const fault = kernelFaults.UNEXPECTED({ error: 'NaN', errorName: 'Error' });
const phrase: Phrase = { melody: [1, 2, 3, 4], percussion: true };

/** Simplifies as Auralis does: the first half of the melody, no percussion. */
async function trial(
  render: (phrase: Phrase) => Promise<string> | string,
  options: Partial<SimplifyOptions> & { abortMs?: number } = {},
) {
  const clock = new SimulatedClock();
  const rendered: [number, Phrase][] = [];
  const strategy = simplify({
    run: async (context, less) => {
      const { melody } = context['phrase'] as Phrase;
      const simpler = { melody: melody.slice(0, melody.length / 2 ** less), percussion: false };
      rendered.push([clock.monotonicMs(), simpler]);
      const audio = await render(simpler);
      if (audio === '') throw new Error('the output will not do');
      return audio;
    },
    clock,
    ...options,
  });
  const controller = new AbortController();
  if (options.abortMs !== undefined) {
    clock.schedule(options.abortMs, () => controller.abort(new Error('given up')));
  }
  const run = Promise.resolve(strategy.recover(fault, { component: 'synthesis', phrase }, controller));
  const ended = await clock.run(run);
  return { ended, rendered, waiting: clock.waitingTimers };
}

describe('simplify', () => {
  test('asks for less and less, 0.1 s apart, until it works', async () => {
    const { ended, rendered } = await trial(({ melody }) => {
      if (melody.length > 1) throw new Error('NaN');
      return 'audio';
    });
    expect(rendered).toEqual([
      [100, { melody: [1, 2], percussion: false }],
      [200, { melody: [1], percussion: false }],
    ]);
    expect(ended).toMatchObject({
      success: true,
      fallbackUsed: true,
      message: 'Done with less',
      output: 'audio',
    });
  });

  test('exhausted, has no success and a fallback used; an output that will not do is a failed attempt', async () => {
    const { ended, rendered, waiting } = await trial(() => '');
    expect(rendered).toHaveLength(2);
    expect(waiting).toBe(0);
    expect(ended).toMatchObject({
      success: false,
      fallbackUsed: true,
      message: 'Not done with less either: Error: the output will not do',
    });
  });

  test.each([
    [50, 0],
    [150, 1],
  ])('ends at once when its signal aborts after %i ms', async (abortMs, renders) => {
    const { ended, rendered, waiting } = await trial(() => '', { abortMs });
    expect(ended).toMatchObject({ success: false, message: expect.stringMatching('given up') });
    expect(rendered).toHaveLength(renders);
    expect(waiting).toBe(0);
  });

  test('is never shared: what was asked is in the context', () => {
    const options = { run: () => 1 };
    expect(simplify(options).shared).toBe(false);
    expect(() => simplify({ ...options, maxAttempts: 0 })).toThrow(RangeError);
    expect(() => simplify({ ...options, delayMs: -1 })).toThrow(RangeError);
  });
});
