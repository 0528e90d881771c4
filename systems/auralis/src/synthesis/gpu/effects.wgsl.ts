import { arithmetic } from './arithmetic.wgsl.ts';
import { CHUNK } from './note.ts';
import { recordLayout } from './record-layout.ts';

/** A phrase of the batch, in one block. */
export const phraseLayout = recordLayout({
  /** Frames of body and tail. */
  end: 'u32',
  echoDelay: 'u32',
  /** Its notes' slots: pads from the first on, the others from the second, up to the third. */
  firstSlot: 'u32',
  endOfPads: 'u32',
  endOfSlots: 'u32',
});

const CHORUS = 2048;
const ECHO = 32_768;
const DIFFUSER = 1024;
const LINE = 4096;

/** Words that the delay lines of one phrase take: chorus and echo have two, the reverb four diffusers and eight lines. */
export const STATE_WORDS = CHORUS * 2 + ECHO * 2 + DIFFUSER * 4 + LINE * 8;

/**
 * Everything behind the voices: chorus, echo, reverb and master of `assembly/`. A workgroup renders one phrase, chunk after
 * chunk, an invocation one moment of each chunk: every delay is longer than a chunk, so that moments never hear each
 * other, and one barrier a chunk is enough.
 */
export const effectsShader = /* wgsl */ `${arithmetic}
${phraseLayout.declare('Phrase')}
@group(0) @binding(0) var<uniform> block: Block;
@group(0) @binding(1) var<storage, read> phrases: array<Phrase>;
@group(0) @binding(2) var<storage, read> gains: array<vec4f>;
@group(0) @binding(3) var<storage, read> samples: array<f32>;
@group(0) @binding(4) var<storage, read_write> lines: array<f32>;
@group(0) @binding(5) var<storage, read_write> output: array<f32>;

/** Where the lines of a phrase lie. */
const CHORUS_LEFT: u32 = 0u;
const CHORUS_RIGHT: u32 = ${CHORUS}u;
const ECHO_LEFT: u32 = ${CHORUS * 2}u;
const ECHO_RIGHT: u32 = ${CHORUS * 2 + ECHO}u;
const DIFFUSERS: u32 = ${CHORUS * 2 + ECHO * 2}u;
const HALL: u32 = ${CHORUS * 2 + ECHO * 2 + DIFFUSER * 4}u;
const CHORUS_MASK: u32 = ${CHORUS - 1}u;
const ECHO_MASK: u32 = ${ECHO - 1}u;
const DIFFUSER_SIZE: u32 = ${DIFFUSER}u;
const DIFFUSER_MASK: u32 = ${DIFFUSER - 1}u;
const LINE_SIZE: u32 = ${LINE}u;
const LINE_MASK: u32 = ${LINE - 1}u;

const DIFFUSER_LENGTHS = vec4u(163u, 241u, 389u, 607u);
/** Four that sway, four that do not. */
const SWAYING_LENGTHS = vec4u(1453u, 2551u, 1931u, 3203u);
const STILL_LENGTHS = vec4u(2203u, 1667u, 3559u, 2857u);
const DAMPING: f32 = 0.36;
const HALVINGS_A_FRAME: f32 = -9.965784 / (3.1 * RATE);
const CEILING: f32 = 0.72;
const FADE_FRAMES: f32 = 0.6 * RATE;

/** What the two sides of the chorus are delayed by at a time, in frames. */
fn chorus_delays(time: u32) -> vec2f {
  let turn = f32(time) * (0.37 / RATE);
  return vec2f(sin_turns(turn), sin_turns(turn + 0.5)) * (0.0035 * RATE) + 0.013 * RATE;
}

/** The delays of the four swaying lines at a time, in frames. */
fn hall_delays(time: u32) -> vec4f {
  let turns = f32(time) / RATE * vec4f(0.23, 0.31, 0.39, 0.47) + vec4f(0.0, 0.25, 0.5, 0.75);
  let sway = vec4f(sin_turns(turns.x), sin_turns(turns.y), sin_turns(turns.z), sin_turns(turns.w));
  return sway * 9.0 + vec4f(SWAYING_LENGTHS);
}

/** A chorus side at moment i of the chunk that begins at now; the delay glides from before to after. */
fn chorus_at(line: u32, now: u32, i: u32, before: f32, after: f32) -> f32 {
  let whole = u32(before) + 1u;
  let from_frame = now + i - whole;
  let part = f32(i) * ((before - after) / f32(CHUNK)) + (f32(whole) - before);
  let near = lines[line + (from_frame & CHORUS_MASK)];
  let far = lines[line + ((from_frame + 1u) & CHORUS_MASK)];
  return (far - near) * part + near;
}

/** Two neighbours averaged: every return is a little darker than the one before. */
fn echo_at(line: u32, frame: u32) -> f32 {
  return (lines[line + (frame & ECHO_MASK)] + lines[line + ((frame + 1u) & ECHO_MASK)]) * 0.5;
}

fn swaying_at(line: u32, now: u32, i: u32, before: f32, after: f32, gain: f32) -> f32 {
  let whole = u32(before) + 1u;
  let from_frame = now + i - whole;
  let part = f32(i) * ((before - after) * (1.0 / f32(CHUNK))) + (f32(whole) - before);
  let far = lines[line + (from_frame & LINE_MASK)];
  let near = lines[line + ((from_frame + 1u) & LINE_MASK)];
  return ((near - far) * part + far) * gain;
}

fn still_at(line: u32, frame: u32, length: u32, gain: f32) -> f32 {
  let neighbour = lines[line + ((frame - length - 1u) & LINE_MASK)];
  let own = lines[line + ((frame - length) & LINE_MASK)];
  return neighbour * (gain * DAMPING) + own * (gain * (1.0 - DAMPING));
}

fn gain_of(length: u32) -> f32 { return exp2_of(f32(length) * HALVINGS_A_FRAME); }

/** Close to tanh, with a ceiling of CEILING. */
fn limit(x: f32) -> f32 {
  let y = clamp(x * (0.95 / CEILING), -3.0, 3.0);
  let z = y * y;
  return y * (z + 27.0) * CEILING / (z * 9.0 + 27.0);
}

@compute @workgroup_size(${CHUNK})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) i: u32) {
  let phrase = phrases[group.x];
  let base = group.x * ${STATE_WORDS}u;
  let hall = base + HALL;
  let swaying_gains = vec4f(
    gain_of(SWAYING_LENGTHS.x), gain_of(SWAYING_LENGTHS.y), gain_of(SWAYING_LENGTHS.z), gain_of(SWAYING_LENGTHS.w),
  );
  let still_gains = vec4f(
    gain_of(STILL_LENGTHS.x), gain_of(STILL_LENGTHS.y), gain_of(STILL_LENGTHS.z), gain_of(STILL_LENGTHS.w),
  );
  let left_out = group.x * 2u * block.frames;
  let right_out = left_out + block.frames;

  for (var offset = 0u; offset < block.frames; offset += CHUNK) {
    let now = block.now + offset;
    if (now >= phrase.end) { break; }
    let frame = now + i;

    // The voices.
    let row = (offset + i) * block.slots;
    var pad = vec2f(0.0);
    for (var slot = phrase.firstSlot; slot < phrase.endOfPads; slot++) {
      pad += samples[row + slot] * gains[slot].xy;
    }
    var mix = vec2f(0.0);
    var send = 0.0;
    for (var slot = phrase.endOfPads; slot < phrase.endOfSlots; slot++) {
      let sample = samples[row + slot];
      let gain = gains[slot];
      mix += sample * gain.xy;
      send += sample * gain.z;
    }

    // Chorus: each side hears itself and, a little later and swaying, the other.
    lines[base + CHORUS_LEFT + (frame & CHORUS_MASK)] = pad.x;
    lines[base + CHORUS_RIGHT + (frame & CHORUS_MASK)] = pad.y;
    let before = chorus_delays(now);
    let after = chorus_delays(now + CHUNK);
    pad = vec2f(
      chorus_at(base + CHORUS_RIGHT, now, i, before.x, after.x) * 0.55 + pad.x * 0.8,
      chorus_at(base + CHORUS_LEFT, now, i, before.y, after.y) * 0.55 + pad.y * 0.8,
    );
    mix += pad;

    // Echo: thrown from side to side.
    let thrown = vec2f(
      echo_at(base + ECHO_LEFT, frame - phrase.echoDelay - 1u),
      echo_at(base + ECHO_RIGHT, frame - phrase.echoDelay - 1u),
    );
    lines[base + ECHO_LEFT + (frame & ECHO_MASK)] = thrown.y * 0.4 + send;
    lines[base + ECHO_RIGHT + (frame & ECHO_MASK)] = thrown.x * 0.5;
    mix += thrown * 0.32;

    // The hall: diffusers, then eight lines that feed each other.
    var input = (pad.x + pad.y) * 0.3 + (send + 1e-15);
    for (var d = 0u; d < 4u; d++) {
      let line = base + DIFFUSERS + d * DIFFUSER_SIZE;
      let delayed = lines[line + ((frame - DIFFUSER_LENGTHS[d]) & DIFFUSER_MASK)];
      let kept = input - 0.62 * delayed;
      lines[line + (frame & DIFFUSER_MASK)] = kept;
      input = 0.62 * kept + delayed;
    }
    let delays = hall_delays(now);
    let next_delays = hall_delays(now + CHUNK);
    let r0 = swaying_at(hall, now, i, delays.x, next_delays.x, swaying_gains.x);
    let r1 = swaying_at(hall + LINE_SIZE, now, i, delays.y, next_delays.y, swaying_gains.y);
    let r2 = swaying_at(hall + LINE_SIZE * 2u, now, i, delays.z, next_delays.z, swaying_gains.z);
    let r3 = swaying_at(hall + LINE_SIZE * 3u, now, i, delays.w, next_delays.w, swaying_gains.w);
    let r4 = still_at(hall + LINE_SIZE * 4u, frame, STILL_LENGTHS.x, still_gains.x);
    let r5 = still_at(hall + LINE_SIZE * 5u, frame, STILL_LENGTHS.y, still_gains.y);
    let r6 = still_at(hall + LINE_SIZE * 6u, frame, STILL_LENGTHS.z, still_gains.z);
    let r7 = still_at(hall + LINE_SIZE * 7u, frame, STILL_LENGTHS.w, still_gains.w);
    mix += vec2f(r0 - r2 + (r4 - r6), r1 - r3 + (r5 - r7)) * 0.42;
    let shared_in = input - (r0 + r1 + (r2 + r3) + (r4 + r5 + (r6 + r7))) * 0.25;
    let write_at = hall + (frame & LINE_MASK);
    lines[write_at] = r7 + shared_in;
    lines[write_at + LINE_SIZE] = r0 + shared_in;
    lines[write_at + LINE_SIZE * 2u] = r1 + shared_in;
    lines[write_at + LINE_SIZE * 3u] = r2 + shared_in;
    lines[write_at + LINE_SIZE * 4u] = r3 + shared_in;
    lines[write_at + LINE_SIZE * 5u] = r4 + shared_in;
    lines[write_at + LINE_SIZE * 6u] = r5 + shared_in;
    lines[write_at + LINE_SIZE * 7u] = r6 + shared_in;

    // Master: a soft ceiling, and the fade that ends the tail in exact silence.
    var heard = vec2f(limit(mix.x), limit(mix.y));
    if (f32(now + CHUNK) > f32(phrase.end) - FADE_FRAMES) {
      let x = saturate((f32(phrase.end) - 1.0 - f32(frame)) * (1.0 / FADE_FRAMES));
      heard *= x * x * (3.0 - 2.0 * x);
    }
    output[left_out + offset + i] = heard.x;
    output[right_out + offset + i] = heard.y;
    storageBarrier();
  }
}
`;
