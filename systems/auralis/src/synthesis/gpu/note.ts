import { SAMPLE_RATE_HZ } from '../../composition/index.ts';
import type { ScoreEvent } from '../score.ts';
import { float } from './float.ts';
import type { RecordOf } from './record-layout.ts';

/** Frames between two looks at envelopes, filters and slow movements. The same as in `assembly/time.ts`. */
export const CHUNK = 128;

/** One event as one invocation on the GPU renders it. */
export interface Note<Values> {
  /** The chunk that it starts in, in frames of the phrase. */
  readonly firstFrame: number;
  /** From this frame on it is silent. */
  readonly freeFrame: number;
  /** Gains to the left, to the right, and into echo and reverb. */
  readonly left: number;
  readonly right: number;
  readonly send: number;
  /** What its kernel needs to know. */
  readonly values: Values;
}

/** Fields that the records of all kinds begin with, as in `VoiceGroup` of `assembly/voices.ts`. */
export const noteFields = {
  first: 'u32',
  free: 'u32',
  start: 'f32',
  end: 'f32',
  level: 'f32',
  attack: 'f32',
  decay: 'f32',
  sustain: 'f32',
  release: 'f32',
  gain: 'f32',
} as const;

type Times = Pick<RecordOf<typeof noteFields>, 'first' | 'free' | 'start' | 'end' | 'gain'>;
type Envelope = Pick<RecordOf<typeof noteFields>, 'level' | 'attack' | 'decay' | 'sustain' | 'release'>;

/** When it sounds. `ringingS`: how long after it is let go. */
export function timesOf({ startFrame, durationFrames }: ScoreEvent, ringingS: number): Times {
  const end = startFrame + durationFrames;
  return {
    first: startFrame - (startFrame % CHUNK),
    free: freeAfter(end, ringingS),
    start: startFrame,
    end,
    gain: 0,
  };
}

/** The frame from which a voice is free again that was let go at `end`. */
export function freeAfter(end: number, ringingS: number): number {
  return end + Math.trunc(float(float(ringingS) * SAMPLE_RATE_HZ)) + CHUNK;
}

/** Attack and release take seconds; the decay towards `sustain` is in halvings a second. */
export function envelopeOf(
  level: number,
  attackS: number,
  decay: number,
  sustain: number,
  releaseS: number,
): Envelope {
  return {
    level,
    attack: 1 / (attackS * SAMPLE_RATE_HZ),
    decay: -decay / SAMPLE_RATE_HZ,
    sustain,
    release: 1 / (releaseS * SAMPLE_RATE_HZ),
  };
}

/** Where a note sits, −1 (left) … 1 (right) at constant power, and how much of it goes into echo and reverb. */
export function placeOf(side: number, send: number): Pick<Note<unknown>, 'left' | 'right' | 'send'> {
  const angle = (side + 1) * (Math.PI / 4);
  return { left: Math.cos(angle), right: Math.sin(angle), send };
}

export function noteOf<Values extends Times>(
  values: Values,
  place: Pick<Note<unknown>, 'left' | 'right' | 'send'>,
): Note<Values> {
  return { firstFrame: values.first, freeFrame: values.free, ...place, values };
}
