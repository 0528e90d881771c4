import type { PercussionEvent, Phrase } from '../composition/index.ts';
import { keys } from '../composition/index.ts';

/** One thing for an instrument of the synthesiser to play. */
export interface ScoreEvent {
  readonly instrument: Instrument;
  readonly startFrame: number;
  readonly durationFrames: number;
  /** 0 where the instrument has no pitch. */
  readonly frequencyHz: number;
  /** 0..1 */
  readonly velocity: number;
}

export const instruments = [
  'pad',
  'bass',
  'lead',
  'bell',
  'pulse',
  'wood',
  'shaker',
  'brush',
  'air',
] as const;
export type Instrument = (typeof instruments)[number];

/** Writes a phrase out for the instruments, in order of time. */
export function scoreOf(phrase: Phrase): ScoreEvent[] {
  const { chords, melody, percussion, parameters } = phrase;
  const events: ScoreEvent[] = [];
  for (const { startFrame, durationFrames, midi, bassMidi, velocity } of chords) {
    const held = { startFrame, durationFrames };
    for (const note of midi) {
      events.push({ ...held, instrument: 'pad', frequencyHz: frequencyOf(note), velocity });
    }
    events.push({ ...held, instrument: 'bass', frequencyHz: frequencyOf(bassMidi), velocity });
    const breath = velocity * (0.35 + 0.65 * parameters.intensity);
    events.push({ ...held, instrument: 'air', frequencyHz: 0, velocity: breath });
  }
  for (const { startFrame, durationFrames, midi, velocity, instrument } of melody) {
    events.push({ instrument, startFrame, durationFrames, frequencyHz: frequencyOf(midi), velocity });
  }
  for (const { startFrame, kind, velocity } of percussion) {
    const frequencyHz = percussionPitch(kind, keys.indexOf(parameters.key));
    events.push({ instrument: kind, startFrame, durationFrames: 0, frequencyHz, velocity });
  }
  return events.sort((a, b) => a.startFrame - b.startFrame);
}

/** Equal temperament on A4 = 440 Hz (ISO 16). */
function frequencyOf(midi: number): number {
  return 440 * 2 ** ((midi - 69) / 12);
}

/** The heart beats on the tonic around 50 Hz, wood knocks on the fifth around 350 Hz. */
function percussionPitch(kind: PercussionEvent['kind'], tonic: number): number {
  if (kind === 'pulse') return frequencyOf(tonic < 6 ? 36 + tonic : 24 + tonic);
  return kind === 'wood' ? frequencyOf(60 + ((tonic + 7) % 12)) : 0;
}
