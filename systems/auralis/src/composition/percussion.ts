import type { Random } from '@sustain/kernel';
import type { Metre } from './metre.ts';
import type { PercussionEvent } from './phrase.ts';

/** Soft percussion: a pulse, a brush before the next phrase, and with more intensity wood and shaker between. */
export function composePercussion(metre: Metre, intensity: number, random: Random): PercussionEvent[] {
  const events: PercussionEvent[] = [];
  const play = (beat: number, kind: PercussionEvent['kind'], velocity: number) => {
    if (beat >= metre.beats) return;
    const humanFrames = Math.max(0, Math.round((random.next() - 0.3) * 0.012 * 44_100));
    events.push({ startFrame: Math.round(beat * metre.beatFrames) + humanFrames, kind, velocity });
  };
  for (let beat = 0; beat < metre.beats; beat++) {
    const down = beat === 0;
    if (random.next() < (down ? 0.5 + 0.5 * intensity : 0.25 * intensity))
      play(beat, 'pulse', down ? 0.7 : 0.4);
    if (random.next() < 0.8 * (intensity - 0.15)) play(beat + 0.5, 'shaker', 0.25 + 0.3 * random.next());
    if (random.next() < 0.45 * (intensity - 0.5)) play(beat + 0.25, 'shaker', 0.2);
    if (random.next() < 0.3 * intensity)
      play(beat + (random.next() < 0.5 ? 0 : 0.5), 'wood', 0.2 + 0.3 * random.next());
  }
  if (random.next() < 0.2 + 0.3 * intensity) play(metre.beats - 0.5, 'brush', 0.3 + 0.2 * random.next());
  return events
    .filter(({ startFrame }) => startFrame < metre.frames)
    .sort((a, b) => a.startFrame - b.startFrame);
}
