import { peak, rms, toDbfs, validateAudio } from '@sustain/audio';
import { describe, expect, it } from 'vitest';
import { createComposer, defaultParameters, testPhrase } from '../composition/index.ts';
import { renderOffline } from '../render-offline.ts';
import { createCpuEngine } from './cpu-engine.ts';
import { createSimpleEngine } from './simple-engine.ts';

function composer(intensity = 0.6) {
  return createComposer({ seed: 4, parameters: { ...defaultParameters, intensity } });
}

describe('the simple engine', () => {
  it('renders a phrase to its length, the same every time, and ends in silence', () => {
    const engine = createSimpleEngine();
    for (const phrase of [composer(0).next(), composer(1).next(), testPhrase]) {
      const [once, again] = [[...engine.render(phrase)], [...engine.render(phrase)]];
      expect(again).toEqual(once);
      const frames = once.reduce((sum, { left }) => sum + left.length, 0);
      expect(frames).toBe(phrase.frames + phrase.tailFrames);
      if (phrase.tailFrames > 0) expect(Math.abs(once.at(-1)?.left.at(-1) ?? 1)).toBeLessThan(1e-6);
    }
  });

  it('is valid, without clicks, and about as loud as the other one', async () => {
    const music = renderOffline(composer(), createSimpleEngine(), 20 * 44_100);
    const full = renderOffline(composer(), await createCpuEngine(), 20 * 44_100);
    expect(validateAudio(music, { expectedFrames: music[0].length }).ok).toBe(true);
    expect(Math.abs(toDbfs(rms(music)) - toDbfs(rms(full)))).toBeLessThan(4);
    expect(peak(music)).toBeLessThan(0.9);
    const [left] = music;
    const largestStep = left.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (left[i - 1] ?? value))),
      0,
    );
    expect(largestStep).toBeLessThan(0.05);
  });

  it('renders one phrase at a time', () => {
    const engine = createSimpleEngine();
    const first = engine.render(testPhrase)[Symbol.iterator]();
    first.next();
    const longer = engine.render(composer().next())[Symbol.iterator]();
    longer.next();
    expect(() => first.next()).toThrow(/another phrase is being rendered/);
  });
});
