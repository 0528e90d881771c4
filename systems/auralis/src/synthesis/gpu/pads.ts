import { SAMPLE_RATE_HZ } from '../../composition/index.ts';
import type { ScoreEvent } from '../score.ts';
import type { PhraseChance } from './chance.ts';
import { float } from './float.ts';
import { envelopeOf, type Note, noteFields, noteOf, placeOf, timesOf } from './note.ts';
import { type RecordOf, recordLayout } from './record-layout.ts';

// The pads of `assembly/pads.ts`: how one starts. What it sounds like: `pads.wgsl.ts`.

/** Voices at once: a chord of eight, and the eight that it takes over from. */
export const PAD_VOICES = 16;

const fields = {
  ...noteFields,
  incA: 'f32',
  incB: 'f32',
  phaseA: 'u32',
  phaseB: 'u32',
  cutoff: 'f32',
  damping: 'f32',
  swayRate: 'f32',
  swayPhase: 'f32',
  low: 'f32',
  band: 'f32',
} as const;

export const padLayout = recordLayout(fields);
export type PadValues = RecordOf<typeof fields>;

const LEVEL = 0.037;
const SWELL_S = 1.15;
const STAGGER_S = 0.14;
const DETUNE_CENTS = 5.5;
const TURN = 2 ** 32;

/** `voice`: the place it takes among PAD_VOICES, which says where it sits. Chance is asked in the CPU engine's order. */
export function startPad(
  event: ScoreEvent,
  voice: number,
  brightness: number,
  chance: PhraseChance,
): Note<PadValues> {
  const { velocity } = event;
  const times = timesOf(event, float(float(SWELL_S) + float(STAGGER_S)));
  const start = times.start + chance.between(0, STAGGER_S) * SAMPLE_RATE_HZ;
  const end = times.end + chance.between(0, STAGGER_S) * SAMPLE_RATE_HZ;
  const hz = float(event.frequencyHz);
  const inc = float(hz / SAMPLE_RATE_HZ);
  const cents = float(DETUNE_CENTS * chance.between(0.7, 1.3));
  const detune = float(cents * float(float(Math.LN2) / 1200));
  const phaseA = chance.bits();
  const phaseB = chance.bits();
  const open = (1 + 1.9 * brightness) * (0.35 + 0.7 * velocity);
  const cutoff = (220 + hz * 1.3) * open * chance.between(0.85, 1.2);
  const values = {
    ...times,
    start,
    end,
    ...envelopeOf((LEVEL * velocity) / TURN, SWELL_S, 0, 1, SWELL_S),
    incA: float(inc * float(1 + detune)),
    incB: float(inc * float(1 - detune)),
    phaseA,
    phaseB,
    cutoff,
    damping: chance.between(0.75, 1.1),
    swayRate: float(chance.between(0.07, 0.3) / SAMPLE_RATE_HZ),
    swayPhase: chance.between(0, 1),
    low: 0,
    band: 0,
  };
  const lane = voice & 3;
  const side = lane < 2 ? 0.25 : 0.85;
  return noteOf(values, placeOf((lane & 1) === 0 ? -side : side, 0));
}
