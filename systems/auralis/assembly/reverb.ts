// A hall: eight delay lines that feed each other (feedback delay network, J.-M. Jot 1991), behind a row of
// all-pass diffusers. Lanes are moments: every line is longer than a chunk, so a chunk never hears itself.
import { mixLeft, mixRight, padLeft, padRight, send } from './bus';
import { add, exp2, held, mul, mulAdd, ramp, sinTurns, splat, sub } from './simd';
import { CHUNK, CHUNK_BYTES, frames, RATE } from './time';

/** Seconds until the low and middle frequencies have lost 60 dB; highs go sooner. */
const RT60_S: f32 = 3.1;
/** Share of the neighbour in each pass: two taps lose the highs of every round. */
const DAMPING: f32 = 0.36;
const PAD_SEND = memory.data<f32>([0.3]);
const LEVEL = memory.data<f32>([0.42]);
const QUARTER = memory.data<f32>([0.25]);
const SWAY_FRAMES: f32 = 9;
/** Far below hearing: it keeps what rings out from reaching denormal numbers, which are very slow. */
const NOT_ZERO = memory.data<f32>([1e-15]);

const LINES: i32 = 8;
/** The first half of the lines sways. */
const SWAYING: i32 = 4;
const SIZE: i32 = 4096;
const MASK: i32 = SIZE - 1;
const GUARD: i32 = CHUNK + 8;
const STRIDE: i32 = (SIZE + GUARD) << 2;
const lines = memory.data(LINES * STRIDE, 16);
/** What the lines give back this chunk: LINES times CHUNK samples. */
const returns = memory.data((LINES * CHUNK) << 2, 16);
/** Lengths in frames: primes from 33 to 81 ms, so that echoes do not fall on each other. */
const lengths = memory.data<i32>([1453, 2551, 1931, 3203, 2203, 1667, 3559, 2857]);
/** Each line's gain for RT60_S. */
const gains = memory.data(32, 16);

const DIFFUSERS: i32 = 4;
const DIFFUSION = memory.data<f32>([0.62]);
const DIFFUSER_SIZE: i32 = 1024;
const DIFFUSER_MASK: i32 = DIFFUSER_SIZE - 1;
const DIFFUSER_STRIDE: i32 = (DIFFUSER_SIZE + GUARD) << 2;
const diffusers = memory.data(DIFFUSERS * DIFFUSER_STRIDE, 16);
const diffuserLengths = memory.data<i32>([163, 241, 389, 607]);
/** Delays of the lines in frames, at the beginning and at the end of the chunk. */
const before = memory.data(16, 16);
const after = memory.data(16, 16);
const input = memory.data(CHUNK << 2, 16);

let at: i32 = 0;

export function resetReverb(): void {
  at = 0;
  memory.fill(lines, 0, LINES * STRIDE);
  memory.fill(diffusers, 0, DIFFUSERS * DIFFUSER_STRIDE);
  for (let line = 0; line < LINES; line++) {
    const halvings = f32(load<i32>(lengths + (<usize>line << 2))) * (-9.965784 / frames(RT60_S));
    store<f32>(gains + (<usize>line << 2), f32x4.extract_lane(exp2(splat(halvings)), 0));
  }
  place(0, before);
}

/** Sends the buses through the hall and adds it to the mix. */
export function renderReverb(now: i32): void {
  const padSend = held(PAD_SEND), notZero = held(NOT_ZERO);
  for (let i: usize = 0; i < CHUNK_BYTES; i += 16) {
    const pads = add(v128.load(padLeft + i), v128.load(padRight + i));
    v128.store(input + i, mulAdd(pads, padSend, add(v128.load(send + i), notZero)));
  }
  diffuse();
  place(now + CHUNK, after);
  for (let line = 0; line < SWAYING; line++) recallSwaying(line);
  for (let line = SWAYING; line < LINES; line++) recallStill(line);
  v128.store(before, v128.load(after));
  const start = <usize>at << 2;
  for (let i: usize = 0; i < CHUNK_BYTES; i += 16) mix(i, start + i);
  if (at <= CHUNK) guard(start);
  at = (at + CHUNK) & MASK;
}

/** Takes the input through a row of all-pass filters; each is longer than a chunk, so that moments can go side by side. */
function diffuse(): void {
  const gain = held(DIFFUSION);
  const write = at & DIFFUSER_MASK;
  for (let d = 0; d < DIFFUSERS; d++) {
    const line = diffusers + <usize>d * DIFFUSER_STRIDE;
    const from = line + (<usize>((at - load<i32>(diffuserLengths + (<usize>d << 2))) & DIFFUSER_MASK) << 2);
    const to = line + (<usize>write << 2);
    for (let i: usize = 0; i < CHUNK_BYTES; i += 16) {
      const delayed = v128.load(from + i);
      const kept = sub(v128.load(input + i), mul(gain, delayed));
      v128.store(to + i, kept);
      v128.store(input + i, mulAdd(gain, kept, delayed));
    }
    if (write <= CHUNK) memory.copy(to + (<usize>DIFFUSER_SIZE << 2), to, (write == 0 ? CHUNK : GUARD - CHUNK) << 2);
  }
}

/** What a line gives back, read at a place that sways, so that no tone of the hall stands out. */
function recallSwaying(line: i32): void {
  const delay = load<f32>(before + (<usize>line << 2));
  const whole = i32(delay) + 1;
  const from = lines + <usize>line * STRIDE + (<usize>((at - whole) & MASK) << 2);
  const step = (delay - load<f32>(after + (<usize>line << 2))) * (1.0 / f32(CHUNK));
  let part = ramp(f32(whole) - delay, step);
  const partStep = splat(step * 4);
  const gain = v128.load32_splat(gains + (<usize>line << 2));
  const to = returns + <usize>line * CHUNK_BYTES;
  for (let i: usize = 0; i < CHUNK_BYTES; i += 16) {
    const far = v128.load(from + i), near = v128.load(from + i, 4);
    v128.store(to + i, mul(mulAdd(sub(near, far), part, far), gain));
    part = add(part, partStep);
  }
}

/** What a line gives back, damped. */
function recallStill(line: i32): void {
  const length = load<i32>(lengths + (<usize>line << 2));
  const from = lines + <usize>line * STRIDE + (<usize>((at - length - 1) & MASK) << 2);
  const gain = load<f32>(gains + (<usize>line << 2));
  const own = splat(gain * (1 - DAMPING)), neighbour = splat(gain * DAMPING);
  const to = returns + <usize>line * CHUNK_BYTES;
  for (let i: usize = 0; i < CHUNK_BYTES; i += 16) {
    v128.store(to + i, mulAdd(v128.load(from + i), neighbour, mul(v128.load(from + i, 4), own)));
  }
}

/** Writes the delay of every swaying line at a time: its length, and its own slow sway. */
function place(time: i32, to: usize): void {
  const turn = splat(f32(time) / RATE);
  const sway = sinTurns(mulAdd(turn, f32x4(0.23, 0.31, 0.39, 0.47), f32x4(0, 0.25, 0.5, 0.75)));
  v128.store(to, mulAdd(sway, splat(SWAY_FRAMES), f32x4.convert_i32x4_s(v128.load(lengths))));
}

/**
 * Four moments of all returns go out, and back into the lines: through a Householder matrix, the cheapest that keeps
 * the energy, and on to the next line each, so that every sound soon runs through all of them.
 */
@inline function mix(i: usize, write: usize): void {
  const from = returns + i;
  const r0 = v128.load(from), r1 = v128.load(from, CHUNK_BYTES);
  const r2 = v128.load(from, CHUNK_BYTES * 2), r3 = v128.load(from, CHUNK_BYTES * 3);
  const r4 = v128.load(from, CHUNK_BYTES * 4), r5 = v128.load(from, CHUNK_BYTES * 5);
  const r6 = v128.load(from, CHUNK_BYTES * 6), r7 = v128.load(from, CHUNK_BYTES * 7);

  const level = held(LEVEL);
  v128.store(mixLeft + i, mulAdd(add(sub(r0, r2), sub(r4, r6)), level, v128.load(mixLeft + i)));
  v128.store(mixRight + i, mulAdd(add(sub(r1, r3), sub(r5, r7)), level, v128.load(mixRight + i)));

  const sum = add(add(add(r0, r1), add(r2, r3)), add(add(r4, r5), add(r6, r7)));
  const common = sub(v128.load(input + i), mul(sum, held(QUARTER)));
  const to = lines + write;
  v128.store(to, add(r7, common));
  v128.store(to + STRIDE, add(r0, common));
  v128.store(to + STRIDE * 2, add(r1, common));
  v128.store(to + STRIDE * 3, add(r2, common));
  v128.store(to + STRIDE * 4, add(r3, common));
  v128.store(to + STRIDE * 5, add(r4, common));
  v128.store(to + STRIDE * 6, add(r5, common));
  v128.store(to + STRIDE * 7, add(r6, common));
}

/** Repeats the beginning of each line behind its end, so that a read of a chunk never wraps. */
function guard(start: usize): void {
  const length = at == 0 ? CHUNK : GUARD - CHUNK;
  for (let line = 0; line < LINES; line++) {
    const from = lines + <usize>line * STRIDE + start;
    memory.copy(from + (<usize>SIZE << 2), from, length << 2);
  }
}
