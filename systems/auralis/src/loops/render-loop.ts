import { createComposer, type Key, type Mode, type Phrase } from '../composition/index.ts';
import { Timeline } from '../streaming/index.ts';
import type { RenderJob } from '../synthesis/index.ts';
import type { Loop } from './loop.ts';

/**
 * Renders a loop of four calm chords, 14 s: what rings beyond its end rings on at its beginning, so that it has no seam. The
 * same key and mode give the same loop. Rejects with what `render` rejects with.
 */
export async function renderLoop(
  key: Key,
  mode: Mode,
  render: (job: RenderJob) => Promise<void>,
  signal: AbortSignal,
): Promise<Loop> {
  const phrases = calmPhrases(key, mode);
  const frames = phrases.reduce((sum, phrase) => sum + phrase.frames, 0);
  const loop: Loop = { key, mode, left: new Float32Array(frames), right: new Float32Array(frames) };
  let startFrame = 0;
  for (const phrase of phrases) {
    const track = new Timeline().open(phrase);
    await render({ phrase, track, signal });
    const [left, right] = track.audio;
    addAround(loop.left, startFrame, left);
    addAround(loop.right, startFrame, right);
    startFrame += phrase.frames;
  }
  return loop;
}

function calmPhrases(key: Key, mode: Mode): readonly Phrase[] {
  const composer = createComposer({
    ...{ seed: 'loop', limitMs: Number.POSITIVE_INFINITY },
    parameters: { key, mode, tempoBpm: 70, intensity: 0.2 },
  });
  return Array.from({ length: PHRASES }, () => ({ ...composer.next(), melody: [], percussion: [] }));
}

/** Adds `samples` from `startFrame` on; what is beyond the end goes on at the beginning. */
function addAround(loop: Float32Array, startFrame: number, samples: Float32Array): void {
  for (let i = 0; i < samples.length; i++) {
    const at = (startFrame + i) % loop.length;
    loop[at] = (loop[at] as number) + (samples[i] as number);
  }
}

const PHRASES = 4;
