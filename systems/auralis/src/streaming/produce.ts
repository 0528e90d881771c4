import type { Clock } from '@sustain/kernel';
import { type Composer, type Phrase, SAMPLE_RATE_HZ } from '../composition/index.ts';
import type { PhraseTrack } from './phrase-track.ts';
import type { Timeline } from './timeline.ts';

export interface ProduceOptions {
  readonly composer: Composer;
  readonly timeline: Timeline;
  /** Fills the track with the phrase's audio, or with what takes its place. Rejects only when `signal` aborts. */
  readonly render: (phrase: Phrase, track: PhraseTrack, signal: AbortSignal) => Promise<void>;
  /** Called when the first phrase is there: time may begin to run. */
  readonly onFirst?: () => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Composes and renders, keeping the phrase that sounds and one more ahead until `signal` aborts: enough to outlast
 * a restart of the synthesiser, and little enough that a change of the parameters is heard within two phrases.
 */
export async function produce(options: ProduceOptions): Promise<void> {
  const { composer, timeline, render, onFirst, clock, signal } = options;
  let first = true;
  while (!signal.aborted) {
    const phrase = composer.next();
    const track = timeline.open(phrase);
    try {
      await render(phrase, track, signal);
      if (first) onFirst?.();
      else await waitUntilItSounds(track, timeline, clock, signal);
      first = false;
    } catch (reason) {
      if (!signal.aborted) throw reason;
    }
  }
}

async function waitUntilItSounds(
  track: PhraseTrack,
  timeline: Timeline,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (timeline.positionFrame < track.startFrame) {
    const aheadFrames = track.startFrame - timeline.positionFrame;
    await clock.sleep((aheadFrames / SAMPLE_RATE_HZ) * 1000, { signal });
  }
}
