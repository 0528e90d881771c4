// Renders one phrase: begin, play … play, then render until it answers 0. Everything starts from silence, so a
// phrase's samples depend on nothing but what `begin` and `play` were given.
import { clearBuses } from './bus';
import { reseed } from './chance';
import { renderChorus, resetChorus } from './chorus';
import { renderEcho, resetEcho } from './echo';
import { PAD, SHAKER } from './instruments';
import { renderMaster } from './master';
import { renderNoises, resetNoises, startNoise } from './noises';
import { renderPads, resetPads, startPad } from './pads';
import { renderReverb, resetReverb } from './reverb';
import { clearScore, takeBefore, write } from './score';
import { CHUNK } from './time';
import { renderTones, resetTones, startTone } from './tones';

export * from './instruments';

/** Most frames that one call of `render` answers. */
export const BLOCK: i32 = 4096;
/** Where the rendered block lies in memory: BLOCK f32 a side. */
export const left = memory.data(16384, 16);
export const right = memory.data(16384, 16);

let now: i32 = 0;
let end: i32 = 0;
let padVoices: i32 = 0;
let toneVoices: i32 = 0;
let noiseVoices: i32 = 0;
let unheard: i32 = 0;

export function begin(seed: u32, frames: i32, intensity: f32, beatFrames: f32): void {
  now = 0;
  end = frames;
  padVoices = toneVoices = noiseVoices = unheard = 0;
  reseed(seed);
  clearScore();
  resetPads(intensity);
  resetTones(intensity);
  resetNoises();
  resetChorus();
  resetEcho(beatFrames);
  resetReverb();
}

/** Adds an event; events come in order of their start. False when it cannot be kept. */
export function play(instrument: i32, start: i32, frames: i32, hz: f32, velocity: f32): bool {
  return write(instrument, start, frames, hz, velocity);
}

/** Renders the next block; answers its frames, 0 at the end. */
export function render(): i32 {
  const frames = min<i32>(BLOCK, end - now);
  for (let done = 0; done < frames; done += CHUNK) renderChunk(<usize>done << 2, now + done);
  now += frames;
  return frames;
}

/** Most voices of each kind that have sounded at once since `begin`. */
export function peakPadVoices(): i32 { return padVoices; }
export function peakToneVoices(): i32 { return toneVoices; }
export function peakNoiseVoices(): i32 { return noiseVoices; }

/** Events since `begin` that found all voices of their kind taken, and were left out. */
export function unheardEvents(): i32 { return unheard; }

function renderChunk(offset: usize, time: i32): void {
  for (let event = takeBefore(time + CHUNK); event != null; event = takeBefore(time + CHUNK)) {
    const heard = event.instrument == PAD ? startPad(event)
      : event.instrument >= SHAKER ? startNoise(event)
      : startTone(event);
    if (!heard) unheard++;
  }
  clearBuses();
  padVoices = max(padVoices, renderPads(time));
  toneVoices = max(toneVoices, renderTones(time));
  noiseVoices = max(noiseVoices, renderNoises(time));
  renderChorus(time);
  renderEcho();
  renderReverb(time);
  renderMaster(left + offset, right + offset, time, end);
}
