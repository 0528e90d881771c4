import { Mode as Modes, Note } from 'tonal';
import type { Key, Mode } from './parameters.ts';

/**
 * The seven notes of a key and mode. Melody thinks in steps: step 0 is the tonic from MIDI note 60 up, step 7 the
 * tonic above, step −1 the note below; so that a motif keeps its shape when key or mode change.
 */
export class Scale {
  /** Names of the seven notes, from the tonic up: `['D', 'E', 'F', …]`. */
  readonly names: readonly string[];
  readonly #semitones: readonly number[];

  constructor(key: Key, mode: Mode) {
    this.names = Modes.notes(mode, key);
    const tonic = Note.chroma(key);
    this.#semitones = this.names.map((name) => tonic + ((Note.chroma(name) - tonic + 12) % 12));
  }

  /** The MIDI note of a step. */
  midiOf(step: number): number {
    const octave = Math.floor(step / 7);
    return 60 + 12 * octave + (this.#semitones[step - 7 * octave] ?? 0);
  }

  /** The step of the highest note of the scale that is not above `midi`. */
  stepAtOrBelow(midi: number): number {
    let step = Math.ceil(((midi - 60) * 7) / 12) + 1;
    while (this.midiOf(step) > midi) step--;
    return step;
  }

  contains(midi: number): boolean {
    return this.midiOf(this.stepAtOrBelow(midi)) === midi;
  }
}
