import {
  type ChordEvent,
  type NoteEvent,
  type PercussionEvent,
  type Phrase,
  SAMPLE_RATE_HZ,
  TAIL_FRAMES,
} from './phrase.ts';
import { Scale } from './scale.ts';
import { PAD_VOICES } from './voicing.ts';

/** What is wrong with a phrase, part by part, in words; undefined where nothing is. */
export interface PhraseProblems {
  /** Its numbers or its length: nothing can be made of such a phrase. */
  readonly shape: string | undefined;
  readonly chords: string | undefined;
  readonly melody: string | undefined;
  readonly percussion: string | undefined;
}

/** Looks whether a phrase can be played, and is in its own key and mode. */
export function checkPhrase(phrase: Phrase): PhraseProblems {
  const shape = shapeProblem(phrase);
  if (shape !== undefined) return { shape, chords: undefined, melody: undefined, percussion: undefined };
  const { chords, melody, percussion, parameters } = phrase;
  const scale = new Scale(parameters.key, parameters.mode);
  const noChord = chords.length === 0 ? 'there is none' : undefined;
  return {
    shape,
    chords: noChord ?? firstProblem(chords, (chord) => chordProblem(chord, phrase, scale)),
    melody: firstProblem(melody, (note) => noteProblem(note, phrase, scale)),
    percussion: firstProblem(percussion, (event) => percussionProblem(event, phrase)),
  };
}

/** Why the note cannot be played in that phrase, whose scale is given. */
export function noteProblem(note: NoteEvent, phrase: Phrase, scale: Scale): string | undefined {
  if (!INSTRUMENTS.includes(note?.instrument)) return 'an event is no note of an instrument';
  return pitchProblem(note.midi, scale) ?? timeProblem(note, phrase);
}

/** Why the event cannot be played in that phrase. */
export function percussionProblem(event: PercussionEvent, phrase: Phrase): string | undefined {
  if (!PERCUSSION.includes(event?.kind)) return 'an event is of no kind';
  return timeProblem({ ...event, durationFrames: 1 }, phrase);
}

function shapeProblem(phrase: Phrase): string | undefined {
  const { index, seed, frames, tailFrames, chords, melody, percussion } = phrase;
  if (![index, seed, frames, tailFrames].every((value) => Number.isSafeInteger(value) && value >= 0))
    return 'its numbers are not whole';
  if (![chords, melody, percussion].every(Array.isArray)) return 'a part of it is no list';
  if (frames < SHORTEST_FRAMES || frames > LONGEST_FRAMES) return `it lasts ${frames} sample frames`;
  if (tailFrames > TAIL_FRAMES) return `it rings for ${tailFrames} sample frames`;
  if (chords.length > MOST_CHORDS) return `it has ${chords.length} chords`;
  return undefined;
}

function chordProblem(chord: ChordEvent, phrase: Phrase, scale: Scale): string | undefined {
  const voices: readonly number[] = chord?.midi ?? [];
  if (voices.length === 0 || voices.length > PAD_VOICES) return `it has not 1 to ${PAD_VOICES} voices`;
  if (voices.some((midi, at) => at > 0 && midi <= (voices[at - 1] as number)))
    return 'its voices do not ascend';
  for (const midi of [...voices, chord.bassMidi]) {
    const problem = pitchProblem(midi, scale);
    if (problem !== undefined) return problem;
  }
  return timeProblem(chord, phrase);
}

function pitchProblem(midi: number, scale: Scale): string | undefined {
  if (!Number.isInteger(midi) || midi < LOWEST || midi > HIGHEST)
    return `${midi} is no MIDI note from ${LOWEST} to ${HIGHEST}`;
  return scale.contains(midi) ? undefined : `the note ${midi} is not in the scale`;
}

type Timed = Pick<NoteEvent, 'startFrame' | 'durationFrames' | 'velocity'>;

function timeProblem(
  { startFrame, durationFrames, velocity }: Timed,
  { frames }: Phrase,
): string | undefined {
  const isWhole = Number.isInteger(startFrame) && Number.isInteger(durationFrames);
  if (!isWhole || startFrame < 0 || durationFrames < 1 || startFrame + durationFrames > frames)
    return `an event lasts ${durationFrames} sample frames from ${startFrame} on, of ${frames}`;
  return velocity >= 0 && velocity <= 1 ? undefined : `a velocity is ${velocity}`;
}

function firstProblem<Part>(
  parts: readonly Part[],
  problemOf: (part: Part) => string | undefined,
): string | undefined {
  if (parts.length > MOST_EVENTS) return `there are ${parts.length} events`;
  for (const part of parts) {
    const problem = problemOf(part);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const INSTRUMENTS: readonly unknown[] = ['lead', 'bell'];
const PERCUSSION: readonly unknown[] = ['pulse', 'wood', 'shaker', 'brush'];
const LOWEST = 21;
const HIGHEST = 108;
/** What `metreAt` makes, and a little more. */
const SHORTEST_FRAMES = 1.9 * SAMPLE_RATE_HZ;
const LONGEST_FRAMES = 3.6 * SAMPLE_RATE_HZ;
const MOST_CHORDS = 8;
/** The synthesiser keeps 512 in all. */
const MOST_EVENTS = 128;
