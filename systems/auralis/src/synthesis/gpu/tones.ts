import { SAMPLE_RATE_HZ } from '../../composition/index.ts';
import type { ScoreEvent } from '../score.ts';
import type { PhraseChance } from './chance.ts';
import { float } from './float.ts';
import { envelopeOf, type Note, noteFields, noteOf, placeOf, timesOf } from './note.ts';
import { type RecordOf, recordLayout } from './record-layout.ts';

// The tones of `assembly/tones.ts`: how one starts. What it sounds like: `tones.wgsl.ts`.

export const TONE_VOICES = 8;

const fields = {
  ...noteFields,
  inc: 'f32',
  phase: 'f32',
  vibrato: 'f32',
  drop: 'f32',
  dropDecay: 'f32',
  ratio: 'f32',
  bendPhase: 'f32',
  bendStart: 'f32',
  bendRest: 'f32',
  bendDecay: 'f32',
  bend: 'f32',
} as const;

export const toneLayout = recordLayout(fields);
export type ToneValues = RecordOf<typeof fields>;

/** Chance is asked in the CPU engine's order. */
export function startTone(event: ScoreEvent, brightness: number, chance: PhraseChance): Note<ToneValues> {
  const { velocity, frequencyHz: hz } = event;
  const pitch = { inc: float(float(hz) / SAMPLE_RATE_HZ), phase: 0, bendPhase: 0 };
  switch (event.instrument) {
    case 'lead': {
      const open = (0.35 + 0.9 * velocity) * (0.55 + 0.7 * brightness);
      const values = {
        ...pitch,
        ...timesOf(event, 0.9),
        ...envelopeOf(0.096 * velocity, 0.09, 0.5, 0.72, 0.9),
        ...bendOf(1, open * 1.5, open * 0.6, 1.6),
        ...dropOf(0.004, 60, 0.0028),
      };
      return noteOf(values, placeOf(chance.between(-0.3, 0.3), 0.75));
    }
    case 'bell': {
      const ratio = chance.between(0, 1) < 0.5 ? 3.5107 : 2.7564;
      const values = {
        ...pitch,
        ...timesOf(event, 2),
        ...envelopeOf(0.07 * velocity, 0.002, 1.5 + hz * 0.0009, 0, 2),
        ...bendOf(ratio, (0.5 + 1.1 * brightness) * (0.5 + 0.5 * velocity), 0.04, 5),
        ...dropOf(0, 0, 0),
      };
      return noteOf(values, placeOf(chance.between(-0.85, 0.85), 0.9));
    }
    case 'bass': {
      const values = {
        ...pitch,
        ...timesOf(event, 1),
        ...envelopeOf(0.11 * velocity, 0.16, 0.3, 0.8, 1),
        ...bendOf(1, 0.9, 0.35 + 0.3 * brightness, 1.2),
        ...dropOf(0, 0, 0),
      };
      return noteOf(values, placeOf(0, 0));
    }
    case 'pulse': {
      const values = {
        ...pitch,
        ...timesOf(event, 0.35),
        ...envelopeOf(0.28 * velocity, 0.006, 7, 0, 0.35),
        ...bendOf(1, 0.25, 0, 20),
        ...dropOf(1.6, 34, 0),
      };
      return noteOf(values, placeOf(0, 0.08));
    }
    default: {
      const values = {
        ...pitch,
        ...timesOf(event, 0.3),
        ...envelopeOf(0.11 * velocity, 0.002, 16, 0, 0.3),
        ...bendOf(WOOD_RATIO, 1.3, 0, 60),
        ...dropOf(0.15, 50, 0),
      };
      return noteOf(values, placeOf(chance.between(-0.7, 0.7), 0.5));
    }
  }
}

/** Not the root of 2, which it is near: the CPU engine's knock, whose phase is the same to the last bit. */
const WOOD_RATIO = 1414 / 1000;

/** Depths in radians, at the start and at rest; halvings a second from the one to the other. */
function bendOf(
  ratio: number,
  start: number,
  rest: number,
  decay: number,
): Pick<ToneValues, 'ratio' | 'bendStart' | 'bendRest' | 'bendDecay' | 'bend'> {
  // Radians as turns, times the 16 of the parabolic sine.
  const turns = 0.15915494 * 16;
  return {
    ratio,
    bendStart: (start - rest) * turns,
    bendRest: rest * turns,
    bendDecay: -decay / SAMPLE_RATE_HZ,
    bend: start * turns,
  };
}

/** How much higher the pitch starts, its halvings a second, and the depth of the vibrato. */
function dropOf(
  drop: number,
  decay: number,
  vibrato: number,
): Pick<ToneValues, 'drop' | 'dropDecay' | 'vibrato'> {
  return { drop, dropDecay: -decay / SAMPLE_RATE_HZ, vibrato };
}
