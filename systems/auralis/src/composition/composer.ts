import { type Clock, type Random, seededRandom, systemClock } from '@sustain/kernel';
import { between } from './chance.ts';
import { CompositionDeadline } from './composition-deadline.ts';
import { CYCLE_PHRASES, type Harmony, nextHarmony, symbolOf } from './harmony.ts';
import { Lead, ringBells } from './melody.ts';
import { type Metre, metreAt } from './metre.ts';
import { checkParameters, type MusicParameters } from './parameters.ts';
import { beatTime } from './percussion.ts';
import { type ChordEvent, type NoteEvent, type Phrase, TAIL_FRAMES } from './phrase.ts';
import { Scale } from './scale.ts';
import { voice } from './voicing.ts';

/** Composes phrase after phrase, for ever. */
export interface Composer {
  /** What the next phrase is composed by. */
  readonly parameters: MusicParameters;
  next(): Phrase;
  /** Changes some parameters from the next phrase on. Throws INVALID_PARAMETERS and changes nothing when one is wrong. */
  update(parameters: Partial<MusicParameters>): void;
}

export interface ComposerOptions {
  readonly seed: number | string;
  readonly parameters: MusicParameters;
  /** The index of the first phrase. Default 0. */
  readonly firstIndex?: number;
  /** How long one phrase may take to compose: then COMPOSITION_TIMED_OUT is thrown. Default 250, a hundred times what it takes. */
  readonly limitMs?: number;
  /** Default the system's. */
  readonly clock?: Clock;
}

/** The same seed and the same updates between the same phrases make the same music. */
export function createComposer({ parameters, ...options }: ComposerOptions): Composer {
  return new GenerativeComposer({
    ...options,
    parameters: { ...parameters, ...checkParameters(parameters) },
  });
}

class GenerativeComposer implements Composer {
  parameters: MusicParameters;
  readonly #random: Random;
  readonly #lead = new Lead();
  readonly #deadline: CompositionDeadline;
  #index: number;
  #beats = 0;
  #harmony: Harmony | undefined;
  #voices: number[] | undefined;

  constructor({ seed, parameters, firstIndex = 0, limitMs = 250, clock = systemClock }: ComposerOptions) {
    this.#random = seededRandom(seed);
    this.#index = firstIndex;
    this.#deadline = new CompositionDeadline(clock, limitMs);
    this.parameters = Object.freeze(parameters);
  }

  update(parameters: Partial<MusicParameters>): void {
    const before = this.parameters;
    this.parameters = Object.freeze({ ...before, ...checkParameters(parameters) });
    const moved = this.parameters.key !== before.key || this.parameters.mode !== before.mode;
    // A new key or mode is entered through its tonic.
    if (moved) this.#harmony = undefined;
  }

  next(): Phrase {
    const { parameters } = this;
    const { key, mode, tempoBpm, intensity } = parameters;
    const index = this.#index++;
    this.#deadline.begin(index);
    const phraseInCycle = index % CYCLE_PHRASES;
    const random = this.#random.fork(`phrase ${index}`);
    const scale = new Scale(key, mode);
    const metre = metreAt(tempoBpm);
    const harmony = nextHarmony(this.#harmony, {
      mode,
      intensity,
      phraseInCycle,
      random: random.fork('harmony'),
    });
    this.#harmony = harmony;
    const beatsBefore = this.#beats;
    this.#beats += metre.beats;

    this.#deadline.check('harmony');
    const melodyContext = { harmony, scale, metre, intensity };
    const melody = [
      ...this.#lead.next({ ...melodyContext, random: random.fork('lead') }),
      ...ringBells({ ...melodyContext, random: random.fork('bells') }),
    ].sort(byStart);
    this.#deadline.check('melody');
    const percussion = beatTime({
      metre,
      beatsBefore,
      intensity,
      breathing: phraseInCycle === CYCLE_PHRASES - 1,
      random: random.fork('percussion'),
    }).sort(byStart);
    return {
      index,
      seed: Math.floor(random.fork('synthesis').next() * 2 ** 32),
      frames: metre.frames,
      tailFrames: TAIL_FRAMES,
      parameters,
      chords: [this.#chord(harmony, scale, metre, phraseInCycle, random.fork('voicing'))],
      melody,
      percussion,
    };
  }

  #chord(
    harmony: Harmony,
    scale: Scale,
    { frames }: Metre,
    phraseInCycle: number,
    random: Random,
  ): ChordEvent {
    this.#voices = voice(harmony, scale, this.#voices, random, () => this.#deadline.check('voicing'));
    return {
      startFrame: 0,
      durationFrames: frames,
      midi: this.#voices,
      bassMidi: bassOf(harmony, scale),
      velocity: swellAt(phraseInCycle) * between(random, 0.92, 1),
      symbol: symbolOf(harmony, scale),
    };
  }
}

/** Every cycle rises and falls: 0.55..1 */
function swellAt(phraseInCycle: number): number {
  return 0.55 + 0.45 * Math.sin((Math.PI * (phraseInCycle + 0.5)) / CYCLE_PHRASES);
}

/** The root between E1 and D#2. */
function bassOf({ degree }: Harmony, scale: Scale): number {
  const pitch = scale.midiOf(degree) % 12;
  return pitch < 4 ? pitch + 36 : pitch + 24;
}

function byStart(a: Pick<NoteEvent, 'startFrame'>, b: Pick<NoteEvent, 'startFrame'>): number {
  return a.startFrame - b.startFrame;
}
