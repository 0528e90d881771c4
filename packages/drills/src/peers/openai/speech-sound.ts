import { type Random, seededRandom } from '@sustain/kernel';
import { SPEECH_SAMPLE_RATE_HZ } from './said.ts';

/**
 * What speech looks like to a meter, a voice detector or an ear from afar: for every letter a vowel or a hiss, pauses
 * between words and sentences, a melody that falls. The same text in the same voice is the same sound. About 15
 * characters a second, peak 0.5, no DC.
 *
 * Vowels are pulses through two resonators (D. Klatt, "Software for a cascade/parallel formant synthesizer", JASA 67,
 * 1980), hisses are noise.
 */
export function speechSound(text: string, voice: string): Float32Array {
  const random = seededRandom(`${voice}/${text}`);
  const pitchHz = 90 + 130 * seededRandom(voice).next();
  const letters = [...text.toLowerCase()];
  const sound = new Float32Array(letters.reduce((sum, letter) => sum + framesOf(letter), 0));
  let frame = 0;
  for (const [index, letter] of letters.entries()) {
    const part = sound.subarray(frame, frame + framesOf(letter));
    const formants = VOWELS[letter];
    if (formants) sing(part, pitchHz * (1.15 - (0.3 * index) / letters.length), formants);
    else if (!PAUSE.test(letter)) hiss(part, random);
    frame += part.length;
  }
  return sound;
}

/** The first two formants, in Hz, of the vowels (G. Peterson and H. Barney, "Control Methods Used in a Study of the Vowels", 1952). */
const VOWELS: Readonly<Record<string, readonly [firstHz: number, secondHz: number]>> = {
  a: [730, 1090],
  e: [530, 1840],
  i: [270, 2290],
  o: [570, 840],
  u: [300, 870],
  y: [390, 1990],
};

const PAUSE = /[\s\p{P}]/u;
const PEAK = 0.5;
const HISS = 0.06;

function framesOf(letter: string): number {
  const durationMs = VOWELS[letter] ? 110 : /[.!?]/.test(letter) ? 200 : PAUSE.test(letter) ? 60 : 45;
  return (durationMs * SPEECH_SAMPLE_RATE_HZ) / 1000;
}

function sing(part: Float32Array, pitchHz: number, formantsHz: readonly number[]): void {
  const period = Math.round(SPEECH_SAMPLE_RATE_HZ / pitchHz);
  // A pulse up and a pulse down: no DC.
  for (let frame = 0; frame < part.length; frame++) {
    part[frame] = frame % period === 0 ? 1 : frame % period === period >> 1 ? -1 : 0;
  }
  for (const hz of formantsHz) resonate(part, hz);
  const peak = part.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  for (let frame = 0; frame < part.length; frame++) {
    part[frame] = ((part[frame] as number) * PEAK * envelope(frame, part.length)) / peak;
  }
}

function hiss(part: Float32Array, random: Random): void {
  let before = 0;
  for (let frame = 0; frame < part.length; frame++) {
    const noise = random.next() - 0.5;
    part[frame] = HISS * (noise - before) * envelope(frame, part.length);
    before = noise;
  }
}

/** Klatt's resonator, 80 Hz wide. */
function resonate(part: Float32Array, hz: number): void {
  const c = -Math.exp((-2 * Math.PI * 80) / SPEECH_SAMPLE_RATE_HZ);
  const b = 2 * Math.sqrt(-c) * Math.cos((2 * Math.PI * hz) / SPEECH_SAMPLE_RATE_HZ);
  const a = 1 - b - c;
  let [before, beforeThat] = [0, 0];
  for (let frame = 0; frame < part.length; frame++) {
    const sample = a * (part[frame] as number) + b * before + c * beforeThat;
    part[frame] = sample;
    beforeThat = before;
    before = sample;
  }
}

/** In and out without a click. */
function envelope(frame: number, frames: number): number {
  return Math.sin((Math.PI * frame) / (frames - 1));
}
