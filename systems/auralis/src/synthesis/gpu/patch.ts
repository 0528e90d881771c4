import { type Phrase, SAMPLE_RATE_HZ } from '../../composition/index.ts';
import { type ScoreEvent, scoreOf } from '../score.ts';
import { PhraseChance } from './chance.ts';
import { float } from './float.ts';
import { NOISE_VOICES, type NoiseValues, startNoise } from './noises.ts';
import { CHUNK, type Note } from './note.ts';
import { PAD_VOICES, type PadValues, startPad } from './pads.ts';
import { startTone, TONE_VOICES, type ToneValues } from './tones.ts';

/** The kinds of voices. Pads come first: they have an effect of their own. */
export const kinds = ['pads', 'tones', 'noises'] as const;
export type Kind = (typeof kinds)[number];

/** A phrase as the GPU renders it: which notes sound, each with all of its chance decided. */
export interface Patch {
  /** Body and tail. */
  readonly frames: number;
  readonly echoDelayFrames: number;
  readonly pads: readonly Note<PadValues>[];
  readonly tones: readonly Note<ToneValues>[];
  readonly noises: readonly Note<NoiseValues>[];
}

/**
 * Writes a phrase out note by note, exactly as `assembly/engine.ts` starts them: the same chance, the same voices, and the
 * same events left out where all voices of a kind are taken. Throws RangeError for a phrase that cannot be played.
 */
export function patchOf(phrase: Phrase): Patch {
  const events = scoreOf(phrase);
  if (events.length > MAX_EVENTS) {
    throw new RangeError(
      `phrase ${phrase.index} has ${events.length} events, at most ${MAX_EVENTS} can be kept`,
    );
  }
  const frames = phrase.frames + phrase.tailFrames;
  if (!Number.isSafeInteger(frames) || frames < 1) {
    throw new RangeError(`phrase ${phrase.index} has ${frames} frames, it must have a whole number of them`);
  }
  const { tempoBpm, intensity: brightness } = phrase.parameters;
  if (!(tempoBpm > 0))
    throw new RangeError(`phrase ${phrase.index} has ${tempoBpm} beats a minute, they must be above 0`);
  const chance = new PhraseChance(phrase.seed);
  const free = {
    pads: new Float64Array(PAD_VOICES),
    tones: new Float64Array(TONE_VOICES),
    noises: new Float64Array(NOISE_VOICES),
  };
  const pads: Note<PadValues>[] = [];
  const tones: Note<ToneValues>[] = [];
  const noises: Note<NoiseValues>[] = [];
  for (const event of events) {
    if (event.startFrame >= frames) break;
    const kind = kindOf(event);
    const voice = free[kind].findIndex((frame) => frame <= event.startFrame);
    if (voice < 0) continue;
    if (kind === 'pads') pads.push(startPad(event, voice, brightness, chance));
    else if (kind === 'noises') noises.push(startNoise(event, chance));
    else tones.push(startTone(event, brightness, chance));
    free[kind][voice] = { pads, tones, noises }[kind].at(-1)?.freeFrame ?? 0;
  }
  return { frames, echoDelayFrames: echoDelayOf(tempoBpm), pads, tones, noises };
}

/** As many as `assembly/score.ts` keeps. */
const MAX_EVENTS = 512;
const LONGEST_ECHO_S = 0.72;

function kindOf({ instrument }: ScoreEvent): Kind {
  if (instrument === 'pad') return 'pads';
  return instrument === 'shaker' || instrument === 'brush' || instrument === 'air' ? 'noises' : 'tones';
}

/** Three quarters of a beat, or half or a quarter of that where tempi are slow. */
function echoDelayOf(tempoBpm: number): number {
  let wanted = float(float((60 / tempoBpm) * SAMPLE_RATE_HZ) * 0.75);
  while (wanted > float(float(LONGEST_ECHO_S) * SAMPLE_RATE_HZ)) wanted = float(wanted * 0.5);
  return Math.max(CHUNK + 4, Math.trunc(wanted));
}
