import type { Random } from '@sustain/kernel';
import type { VoicedChord } from './harmony.ts';
import type { Metre } from './metre.ts';
import type { NoteEvent } from './phrase.ts';

/** A tune to come back to: when its notes sound and how they lie to its first. */
export type Motif = readonly MotifNote[];

interface MotifNote {
  /** In beats from the start of the phrase. */
  readonly beat: number;
  readonly beats: number;
  /** Steps of the scale above the first note. */
  readonly step: number;
}

export interface MelodyOptions {
  readonly chord: VoicedChord;
  /** Pitch classes of the scale, from its root. */
  readonly scale: readonly number[];
  readonly metre: Metre;
  readonly intensity: number;
  /** The tune of the phrases before. */
  readonly motif: Motif | undefined;
  readonly random: Random;
}

/** The lead's notes for a phrase, often none, and the motif to remember. */
export function composeLead(options: MelodyOptions): { notes: NoteEvent[]; motif: Motif | undefined } {
  const { chord, scale, metre, intensity, random } = options;
  if (random.next() > 0.3 + 0.6 * intensity) return { notes: [], motif: options.motif };
  const motif = chooseMotif(options);
  const ladder = ladderOf(scale, 60, 84);
  const start = Math.max(0, ladder.indexOf(nearestIn(ladder, chord.pitchClasses, 66 + 6 * random.next())));
  const notes = motif
    .filter(({ beat }) => beat < metre.beats)
    .map(({ beat, beats, step }): NoteEvent => {
      const strong = beat % 2 === 0;
      const rung = ladder[Math.min(Math.max(start + step, 0), ladder.length - 1)] as number;
      return {
        startFrame: Math.round(beat * metre.beatFrames),
        durationFrames: Math.round(Math.min(beats, metre.beats - beat) * metre.beatFrames),
        midi: strong ? nearestIn(ladder, chord.pitchClasses, rung) : rung,
        velocity: 0.4 + 0.25 * intensity + 0.15 * random.next() + (beat === 0 ? 0.05 : 0),
        instrument: 'lead',
      };
    });
  return { notes, motif };
}

/** A few bells, high up, on notes of the chord. */
export function composeBells({ chord, scale, metre, intensity, random }: MelodyOptions): NoteEvent[] {
  if (random.next() > 0.35 + 0.4 * intensity) return [];
  const ladder = ladderOf(scale, 76, 96);
  const count = 1 + Math.floor(random.next() * (1 + 2 * intensity));
  const beats = new Set<number>();
  while (beats.size < count) beats.add(Math.floor(random.next() * metre.beats * 2) / 2);
  return [...beats]
    .sort((a, b) => a - b)
    .map((beat) => ({
      startFrame: Math.round(beat * metre.beatFrames),
      durationFrames: Math.round(metre.beatFrames / 2),
      midi: nearestIn(ladder, chord.pitchClasses, 78 + 16 * random.next()),
      velocity: 0.25 + 0.3 * intensity * random.next() + 0.15 * random.next(),
      instrument: 'bell',
    }));
}

/** Mostly the tune again, sometimes with one note changed, sometimes a new one. */
function chooseMotif({ motif, metre, intensity, random }: MelodyOptions): Motif {
  if (motif === undefined || random.next() < 0.25) return newMotif(metre, intensity, random);
  if (random.next() < 0.5) return motif;
  const changed = Math.floor(random.next() * motif.length);
  return motif.map((note, i) =>
    i === changed && i > 0 ? { ...note, step: note.step + leap(random) } : note,
  );
}

/** Notes of half a beat to two, moving mostly by step, with room to breathe at the end. */
function newMotif(metre: Metre, intensity: number, random: Random): Motif {
  const notes: MotifNote[] = [];
  let beat = random.next() < 0.4 ? 0.5 : 0;
  let step = 0;
  while (beat < metre.beats - 0.5) {
    const beats = pickLength(intensity, random);
    notes.push({ beat, beats, step });
    beat += beats + (random.next() < 0.35 - 0.2 * intensity ? 0.5 : 0);
    step += leap(random);
  }
  return notes;
}

function pickLength(intensity: number, random: Random): number {
  const pick = random.next() - 0.3 * intensity;
  return pick < 0.05 ? 0.5 : pick < 0.5 ? 1 : pick < 0.8 ? 1.5 : 2;
}

function leap(random: Random): number {
  const size = random.next() < 0.75 ? 1 : 2 + Math.floor(random.next() * 2);
  return random.next() < 0.5 ? size : -size;
}

/** All notes of the scale from `lowest` to `highest`. */
function ladderOf(scale: readonly number[], lowest: number, highest: number): number[] {
  const ladder: number[] = [];
  for (let midi = lowest; midi <= highest; midi++) if (scale.includes(midi % 12)) ladder.push(midi);
  return ladder;
}

/** The note of the ladder that belongs to the chord and lies nearest to `to`. */
function nearestIn(ladder: readonly number[], pitchClasses: readonly number[], to: number): number {
  const candidates = ladder.filter((midi) => pitchClasses.includes(midi % 12));
  return candidates.reduce((best, midi) => (Math.abs(midi - to) < Math.abs(best - to) ? midi : best));
}
