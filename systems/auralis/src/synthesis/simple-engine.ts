import { type Phrase, SAMPLE_RATE_HZ } from '../composition/index.ts';
import type { AudioBlock, SynthesisEngine } from './engine.ts';
import { type Instrument, type ScoreEvent, scoreOf } from './score.ts';

/**
 * The plainest synthesiser: sines in plain JavaScript, for when the others cannot be had. It needs no file, no memory to speak
 * of and no device, and so has nothing that could fail.
 */
export function createSimpleEngine(): SynthesisEngine {
  let current: Phrase | undefined;
  return {
    name: 'simple',
    sampleRateHz: SAMPLE_RATE_HZ,
    *render(phrase) {
      current = phrase;
      const total = phrase.frames + phrase.tailFrames;
      const voices = scoreOf(phrase).flatMap(voiceOf);
      for (let from = 0; from < total; from += BLOCK_FRAMES) {
        if (current !== phrase) throw new RangeError('another phrase is being rendered: this one is over');
        const frames = Math.min(BLOCK_FRAMES, total - from);
        const block: AudioBlock = { left: new Float32Array(frames), right: new Float32Array(frames) };
        for (const voice of voices) addVoice(block, voice, from, total);
        yield block;
      }
    },
  };
}

/** A sine, and how loud it is when. Times in sample frames of the phrase. */
interface Voice {
  readonly startFrame: number;
  /** From here on it dies away. */
  readonly releaseFrame: number;
  readonly endFrame: number;
  readonly attackFrames: number;
  readonly radiansPerFrame: number;
  readonly leftGain: number;
  readonly rightGain: number;
}

interface Timbre {
  readonly gain: number;
  readonly attackMs: number;
  /** How long it is heard after its end; a struck one from its beginning. */
  readonly releaseMs: number;
  readonly isStruck: boolean;
}

/** What hisses is left out. */
const TIMBRES: Partial<Record<Instrument, Timbre>> = {
  pad: { gain: 0.035, attackMs: 700, releaseMs: 2500, isStruck: false },
  bass: { gain: 0.09, attackMs: 250, releaseMs: 1200, isStruck: false },
  lead: { gain: 0.07, attackMs: 60, releaseMs: 500, isStruck: false },
  bell: { gain: 0.06, attackMs: 4, releaseMs: 1800, isStruck: true },
  pulse: { gain: 0.12, attackMs: 8, releaseMs: 220, isStruck: true },
  wood: { gain: 0.05, attackMs: 2, releaseMs: 90, isStruck: true },
};

function voiceOf(event: ScoreEvent, index: number): Voice[] {
  const timbre = TIMBRES[event.instrument];
  if (timbre === undefined) return [];
  const { startFrame, durationFrames, frequencyHz, velocity } = event;
  const releaseFrame = startFrame + (timbre.isStruck ? 0 : durationFrames);
  const gain = timbre.gain * velocity;
  // Neighbours stand left and right of each other; equal power.
  const angle = (Math.PI / 4) * (1 + 0.5 * Math.sin(2.4 * index));
  return [
    {
      startFrame,
      releaseFrame,
      endFrame: releaseFrame + framesOf(timbre.releaseMs),
      attackFrames: framesOf(timbre.attackMs),
      radiansPerFrame: (2 * Math.PI * frequencyHz) / SAMPLE_RATE_HZ,
      leftGain: gain * Math.cos(angle),
      rightGain: gain * Math.sin(angle),
    },
  ];
}

function addVoice({ left, right }: AudioBlock, voice: Voice, fromFrame: number, totalFrames: number): void {
  const { startFrame, releaseFrame, attackFrames, radiansPerFrame, leftGain, rightGain } = voice;
  const endFrame = Math.min(voice.endFrame, totalFrames);
  const first = Math.max(0, startFrame - fromFrame);
  const end = Math.min(left.length, endFrame - fromFrame);
  for (let i = first; i < end; i++) {
    const frame = fromFrame + i;
    const attack = Math.min(1, (frame - startFrame) / attackFrames);
    const release = frame < releaseFrame ? 1 : (endFrame - frame) / (endFrame - releaseFrame);
    const sample = attack * release * release * Math.sin(radiansPerFrame * (frame - startFrame));
    left[i] = (left[i] as number) + leftGain * sample;
    right[i] = (right[i] as number) + rightGain * sample;
  }
}

function framesOf(ms: number): number {
  return Math.round((ms / 1000) * SAMPLE_RATE_HZ);
}

const BLOCK_FRAMES = 4096;
