import type { Composer } from './composition/index.ts';
import { Timeline } from './streaming/index.ts';
import type { SynthesisEngine } from './synthesis/index.ts';

/**
 * Renders the first `frames` sample frames that `composer` and `engine` make, undisturbed and as fast as they can:
 * what a listener hears when nothing fails. Stereo.
 */
export function renderOffline(
  composer: Composer,
  engine: SynthesisEngine,
  frames: number,
): [left: Float32Array, right: Float32Array] {
  const timeline = new Timeline();
  while (timeline.endFrame < frames) {
    const phrase = composer.next();
    const track = timeline.open(phrase);
    let offset = 0;
    for (const { left, right } of engine.render(phrase)) {
      track.append(offset, left, right);
      offset += left.length;
    }
  }
  const channels: [Float32Array, Float32Array] = [new Float32Array(frames), new Float32Array(frames)];
  timeline.read(...channels);
  return channels;
}
