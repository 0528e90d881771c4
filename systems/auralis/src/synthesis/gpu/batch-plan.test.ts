import { describe, expect, test } from 'vitest';
import { createComposer, defaultParameters } from '../../composition/index.ts';
import { nextRound, smallestRoundBytes } from './batch-plan.ts';
import { patchOf } from './patch.ts';

const composer = createComposer({ seed: 5, parameters: { ...defaultParameters, intensity: 1 } });
const waiting = Array.from({ length: 40 }, () => patchOf(composer.next()));
const NO_LIMIT = { maxBytes: Number.POSITIVE_INFINITY, maxBufferBytes: Number.POSITIVE_INFINITY };

describe('a round', () => {
  test('takes all phrases in long blocks where memory allows', () => {
    const round = nextRound(waiting, NO_LIMIT);
    expect(round).toMatchObject({ phrases: 40, blockFrames: 4096 });
    const { active, output, ...others } = round.buffers;
    const total = Object.values(others).reduce((sum, bytes) => sum + bytes, 0) + 3 * (active + output);
    expect(round.bytes).toBe(total);
  });

  test.each([1e6, 3e6, 10e6, 30e6])(
    'takes as many phrases as fit in %d bytes, and not one more',
    (maxBytes) => {
      const round = nextRound(waiting, { ...NO_LIMIT, maxBytes });
      expect(round.bytes).toBeLessThanOrEqual(maxBytes);
      const more = nextRound(waiting.slice(0, round.phrases + 1), NO_LIMIT);
      expect(more.phrases).toBe(round.phrases + 1);
      expect(more.bytes).toBeGreaterThan(maxBytes);
    },
  );

  test('lets no buffer grow beyond what the GPU gives', () => {
    const { phrases, buffers } = nextRound(waiting, { ...NO_LIMIT, maxBufferBytes: 5e6 });
    expect(phrases).toBeLessThan(40);
    expect(Math.max(...Object.values(buffers))).toBeLessThanOrEqual(5e6);
  });

  test('takes shorter blocks before it gives up', () => {
    const least = smallestRoundBytes(waiting);
    expect(nextRound(waiting, { ...NO_LIMIT, maxBytes: least })).toMatchObject({
      phrases: 1,
      blockFrames: 512,
    });
    expect(() => nextRound(waiting, { ...NO_LIMIT, maxBytes: least - 1 })).toThrow(
      expect.objectContaining({ code: 'GPU_OUT_OF_MEMORY' }),
    );
  });

  test('takes no longer blocks than its phrases are', () => {
    const short = waiting.map((patch) => ({ ...patch, frames: 700 }));
    expect(nextRound(short, NO_LIMIT).blockFrames).toBe(1024);
  });
});
