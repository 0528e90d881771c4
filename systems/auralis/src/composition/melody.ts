import type { Random } from '@sustain/kernel';
import { between, chance, pick, wholeBetween } from './chance.ts';
import type { Harmony } from './harmony.ts';
import type { Metre } from './metre.ts';
import { inventMotif, type Motif, type MotifNote, varyMotif } from './motif.ts';
import type { NoteEvent } from './phrase.ts';
import type { Scale } from './scale.ts';
import { chordNotes } from './voicing.ts';

/** What the lead and the bells are given for one phrase. */
export interface MelodyContext {
  readonly harmony: Harmony;
  readonly scale: Scale;
  readonly metre: Metre;
  readonly intensity: number;
  readonly random: Random;
}

/** A lead that sings from chord tones, remembers its motifs, and breathes. */
export class Lead {
  /** The latest motifs, the newest last. */
  readonly #memory: Motif[] = [];
  #lastMidi = CENTRE;
  #phrasesSinceRest = 0;

  next(context: MelodyContext): NoteEvent[] {
    const { intensity, metre, random } = context;
    const wishesToRest = this.#phrasesSinceRest >= 3 ? 0.7 : 0.55 - 0.45 * intensity;
    if (chance(random, wishesToRest)) {
      this.#phrasesSinceRest = 0;
      return [];
    }
    this.#phrasesSinceRest++;
    const motif = this.#motif(random, Math.round(between(random, 1, 2 + 4 * intensity)), metre.beats);
    return motif.notes.length === 0 ? [] : this.#sing(motif, context);
  }

  #motif(random: Random, count: number, beats: number): Motif {
    if (this.#memory.length > 0 && chance(random, 0.6))
      return varyMotif(random, pick(random, this.#memory), beats);
    const motif = inventMotif(random, Math.min(count, beats * 2), beats);
    this.#memory.push(motif);
    if (this.#memory.length > MEMORY) this.#memory.shift();
    return motif;
  }

  #sing({ notes }: Motif, { harmony, scale, metre, intensity, random }: MelodyContext): NoteEvent[] {
    const beatFrames = metre.frames / metre.beats;
    const tones = chordNotes(harmony, scale, LOWEST, HIGHEST);
    const anchor = nearest(tones, (this.#lastMidi + CENTRE) / 2 + between(random, -4, 4));
    const anchorStep = scale.stepAtOrBelow(anchor);
    return notes.map(({ beat, step, accent }: MotifNote, i) => {
      const wanted = clamp(scale.midiOf(anchorStep + step), LOWEST, HIGHEST);
      const midi = beat % 2 === 0 ? nearest(tones, wanted) : noteOf(scale, wanted);
      const endBeat = Math.min(notes[i + 1]?.beat ?? metre.beats, beat + LONGEST_BEATS, metre.beats);
      const startFrame = Math.round(beat * beatFrames);
      const durationFrames = Math.round((endBeat - beat) * beatFrames * between(random, 0.82, 0.96));
      this.#lastMidi = midi;
      const velocity = clamp(accent * (0.72 + 0.3 * intensity), 0, 1);
      return { startFrame, durationFrames, midi, velocity, instrument: 'lead' };
    });
  }
}

/** Sparse bells, high above, on chord tones. */
export function ringBells({ harmony, scale, metre, intensity, random }: MelodyContext): NoteEvent[] {
  if (!chance(random, 0.3 + 0.45 * intensity)) return [];
  const tones = chordNotes(harmony, scale, 79, 98);
  const beatFrames = metre.frames / metre.beats;
  const count = wholeBetween(random, 1, intensity > 0.6 ? 3 : 2);
  const slots = Array.from({ length: count }, () => wholeBetween(random, 0, metre.beats * 4 - 2)).sort(
    (a, b) => a - b,
  );
  return [...new Set(slots)].map((slot) => ({
    startFrame: Math.round((slot / 4) * beatFrames),
    durationFrames: Math.round(beatFrames / 4),
    midi: pick(random, tones),
    velocity: between(random, 0.4, 0.85),
    instrument: 'bell',
  }));
}

const MEMORY = 4;
const CENTRE = 72;
const LOWEST = 60;
const HIGHEST = 84;
const LONGEST_BEATS = 4;

/** The note of the scale at or below `wanted`, or the lowest that a lead sings. */
function noteOf(scale: Scale, wanted: number): number {
  const step = scale.stepAtOrBelow(wanted);
  const midi = scale.midiOf(step);
  return midi < LOWEST ? scale.midiOf(step + 1) : midi;
}

function nearest(notes: readonly number[], wanted: number): number {
  return notes.reduce((best, note) => (Math.abs(note - wanted) < Math.abs(best - wanted) ? note : best));
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
