import type { MusicParameters } from './parameters.ts';

/** Sample frames a second of everything that Auralis plays. */
export const SAMPLE_RATE_HZ = 44_100;

/** How long every phrase rings after its body, in sample frames: 3 s. */
export const TAIL_FRAMES = 3 * SAMPLE_RATE_HZ;

/**
 * A few seconds of music as plain data: all that a synthesiser needs, so that rendering is a pure function of it.
 * Events lie within the body; what rings on afterwards, rings in the tail, under the phrases that follow.
 */
export interface Phrase {
  /** 0, 1, 2 … */
  readonly index: number;
  /** All of the synthesiser's chance (detuning, noise), 32 bits unsigned. */
  readonly seed: number;
  /** Length of the body in sample frames: 2.0 to 3.5 s. The next phrase begins where it ends. */
  readonly frames: number;
  readonly tailFrames: number;
  readonly parameters: MusicParameters;
  readonly chords: readonly ChordEvent[];
  readonly melody: readonly NoteEvent[];
  readonly percussion: readonly PercussionEvent[];
}

export interface ChordEvent {
  readonly startFrame: number;
  readonly durationFrames: number;
  /** The pad's voices, ascending, as MIDI note numbers. */
  readonly midi: readonly number[];
  /** The root, for the bass. */
  readonly bassMidi: number;
  /** 0..1 */
  readonly velocity: number;
  /** As musicians write it: `Dm7`. */
  readonly symbol: string;
}

export interface NoteEvent {
  readonly startFrame: number;
  readonly durationFrames: number;
  readonly midi: number;
  /** 0..1 */
  readonly velocity: number;
  /** A lead sings for its duration; a bell is struck and rings by itself. */
  readonly instrument: 'lead' | 'bell';
}

export interface PercussionEvent {
  readonly startFrame: number;
  readonly kind: PercussionKind;
  /** 0..1 */
  readonly velocity: number;
}

/** A low heartbeat, a knock of wood, a shaker, a brush on a skin. */
export type PercussionKind = 'pulse' | 'wood' | 'shaker' | 'brush';
