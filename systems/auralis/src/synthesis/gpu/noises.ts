import { SAMPLE_RATE_HZ } from '../../composition/index.ts';
import type { ScoreEvent } from '../score.ts';
import type { PhraseChance } from './chance.ts';
import { envelopeOf, type Note, noteFields, noteOf, placeOf, timesOf } from './note.ts';
import { type RecordOf, recordLayout } from './record-layout.ts';

// The noises of `assembly/noises.ts`: how one starts. What it sounds like: `noises.wgsl.ts`.

export const NOISE_VOICES = 4;

const fields = {
  ...noteFields,
  chance: 'u32',
  cutoff: 'f32',
  damping: 'f32',
  sway: 'f32',
  swayRate: 'f32',
  low: 'f32',
  band: 'f32',
} as const;

export const noiseLayout = recordLayout(fields);
export type NoiseValues = RecordOf<typeof fields>;

/** Chance is asked in the CPU engine's order. */
export function startNoise(event: ScoreEvent, chance: PhraseChance): Note<NoiseValues> {
  const { velocity } = event;
  const seed = chance.bits();
  switch (event.instrument) {
    case 'air': {
      const place = placeOf(chance.between(-0.4, 0.4), 0.6);
      const values = {
        chance: seed,
        ...timesOf(event, 1.15),
        ...envelopeOf(0.034 * velocity, 1.15, 0, 1, 1.15),
        ...bandOf(chance.between(3600, 5200), 0.9, 0.5, chance.between(0.1, 0.3)),
      };
      return noteOf(values, place);
    }
    case 'shaker': {
      const place = placeOf(chance.between(-0.6, 0.6), 0.25);
      const values = {
        chance: seed,
        ...timesOf(event, 0.3),
        ...envelopeOf(0.13 * velocity, 0.012, 22, 0, 0.3),
        ...bandOf(chance.between(5600, 7400), 0.8, 0, 0),
      };
      return noteOf(values, place);
    }
    default: {
      const place = placeOf(chance.between(-0.5, 0.5), 0.4);
      const values = {
        chance: seed,
        ...timesOf(event, 0.6),
        ...envelopeOf(0.15 * velocity, 0.035, 9, 0, 0.6),
        ...bandOf(chance.between(1500, 2400), 1.1, 0.4, 2),
      };
      return noteOf(values, place);
    }
  }
}

/** A band around `hz` that sways by up to `octaves`. */
function bandOf(
  hz: number,
  damping: number,
  octaves: number,
  swayHz: number,
): Pick<NoiseValues, 'cutoff' | 'damping' | 'sway' | 'swayRate' | 'low' | 'band'> {
  return { cutoff: hz, damping, sway: octaves, swayRate: swayHz / SAMPLE_RATE_HZ, low: 0, band: 0 };
}
