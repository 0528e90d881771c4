import { validateAudio } from '@sustain/audio';
import { type Composer, type Phrase, SAMPLE_RATE_HZ } from './composition/index.ts';
import { auralisFaults } from './faults.ts';
import { Timeline } from './streaming/index.ts';
import type { SynthesisEngine } from './synthesis/index.ts';

/** Both channels of a stretch of audio, of the same length. */
export type Stretch = readonly [left: Float32Array, right: Float32Array];

/**
 * Renders the first `frames` sample frames that `composer` and `engine` make, undisturbed and as fast as they can: what
 * a listener hears when nothing fails. Stereo, in stretches of `stretchFrames` (default 44,100: 1 s; the last may be
 * shorter), each valid until the next is asked for. Holds the phrases that still sound and nothing else, however long it
 * gets. Throws INVALID_AUDIO for a phrase that must not be heard.
 */
export function* renderStretches(
  composer: Composer,
  engine: SynthesisEngine,
  frames: number,
  stretchFrames = SAMPLE_RATE_HZ,
): Generator<Stretch, void, undefined> {
  const timeline = new Timeline();
  const left = new Float32Array(stretchFrames);
  const right = new Float32Array(stretchFrames);
  while (timeline.positionFrame < frames) {
    const count = Math.min(stretchFrames, frames - timeline.positionFrame);
    while (timeline.endFrame < timeline.positionFrame + count) layNext(composer.next(), engine, timeline);
    const stretch: Stretch = [left.subarray(0, count), right.subarray(0, count)];
    timeline.read(...stretch);
    yield stretch;
  }
}

/** The same, all of it in memory. */
export function renderOffline(
  composer: Composer,
  engine: SynthesisEngine,
  frames: number,
): [left: Float32Array, right: Float32Array] {
  const whole: [Float32Array, Float32Array] = [new Float32Array(frames), new Float32Array(frames)];
  let at = 0;
  for (const [left, right] of renderStretches(composer, engine, frames)) {
    whole[0].set(left, at);
    whole[1].set(right, at);
    at += left.length;
  }
  return whole;
}

function layNext(phrase: Phrase, engine: SynthesisEngine, timeline: Timeline): void {
  const track = timeline.open(phrase);
  let offset = 0;
  for (const { left, right } of engine.render(phrase)) {
    track.append(offset, left, right);
    offset += left.length;
  }
  const verdict = validateAudio(track.audio, { expectedFrames: phrase.frames + phrase.tailFrames });
  if (verdict.ok) return;
  throw auralisFaults.INVALID_AUDIO({
    phraseIndex: phrase.index,
    reason: verdict.reason,
    detail: verdict.message,
  });
}
