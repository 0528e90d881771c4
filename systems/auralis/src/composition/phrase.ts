import type { MusicParameters } from './parameters.ts';

/** A chord held by the pads, over its bass note. */
export interface ChordEvent {
  readonly startFrame: number;
  readonly durationFrames: number;
  /** Eight notes, the lowest first, as MIDI numbers (69 is a' at 440 Hz). */
  readonly midi: readonly number[];
  readonly bassMidi: number;
  /** For people: `Dm7`. */
  readonly symbol: string;
}

export interface NoteEvent {
  readonly startFrame: number;
  readonly durationFrames: number;
  readonly midi: number;
  /** 0 to 1. */
  readonly velocity: number;
  readonly instrument: 'lead' | 'bell';
}

export interface PercussionEvent {
  readonly startFrame: number;
  readonly kind: 'pulse' | 'wood' | 'shaker' | 'brush';
  /** 0 to 1. */
  readonly velocity: number;
}

/**
 * Two to three and a half seconds of music, as it is composed. Plain data. All times are in sample frames at
 * 44.1 kHz from the start of the phrase; every event starts within the body, and sorted by its start.
 */
export interface Phrase {
  /** 0, 1, 2 … */
  readonly index: number;
  /** All of the synthesiser's chance: an unsigned 32-bit number. */
  readonly seed: number;
  /** Length of the body. */
  readonly frames: number;
  /** How long the phrase rings on after its body, over those that follow. */
  readonly tailFrames: number;
  readonly beats: number;
  readonly parameters: MusicParameters;
  readonly chords: readonly ChordEvent[];
  readonly melody: readonly NoteEvent[];
  readonly percussion: readonly PercussionEvent[];
}

export const SAMPLE_RATE_HZ = 44_100;

/** Three seconds, in which notes are released and the reverb falls by 60 dB. */
export const TAIL_FRAMES = 3 * SAMPLE_RATE_HZ;
