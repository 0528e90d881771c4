// A quiet echo in time with the music, thrown from side to side.
import { mixLeft, mixRight, send } from './bus';
import { add, held, mul, mulAdd } from './simd';
import { CHUNK, CHUNK_BYTES, frames } from './time';

const SIZE: i32 = 32768;
const MASK: i32 = SIZE - 1;
const GUARD: i32 = CHUNK + 8;
const leftLine = memory.data((SIZE + GUARD) << 2, 16);
const rightLine = memory.data((SIZE + GUARD) << 2, 16);

const LONGEST_S: f32 = 0.72;
const FEEDBACK = memory.data<f32>([0.4]);
const RETURN = memory.data<f32>([0.5]);
const LEVEL = memory.data<f32>([0.32]);
const HALF = memory.data<f32>([0.5]);

let at: i32 = 0;
let delay: i32 = 0;

/** The delay is three quarters of a beat, or half or a quarter of that where tempi are slow. */
export function resetEcho(beatFrames: f32): void {
  let wanted = beatFrames * 0.75;
  while (wanted > frames(LONGEST_S)) wanted *= 0.5;
  delay = max<i32>(CHUNK + 4, i32(wanted));
  at = 0;
  memory.fill(leftLine, 0, (SIZE + GUARD) << 2);
  memory.fill(rightLine, 0, (SIZE + GUARD) << 2);
}

/** Feeds the send into the echo, and adds what comes back to the mix. */
export function renderEcho(): void {
  const from = <usize>((at - delay - 1) & MASK) << 2;
  const to = <usize>at << 2;
  const feedback = held(FEEDBACK), back = held(RETURN), level = held(LEVEL), half = held(HALF);
  for (let i: usize = 0; i < CHUNK_BYTES; i += 16) {
    const left = returned(leftLine + from + i, half);
    const right = returned(rightLine + from + i, half);
    v128.store(leftLine + to + i, mulAdd(right, feedback, v128.load(send + i)));
    v128.store(rightLine + to + i, mul(left, back));
    v128.store(mixLeft + i, mulAdd(left, level, v128.load(mixLeft + i)));
    v128.store(mixRight + i, mulAdd(right, level, v128.load(mixRight + i)));
  }
  if (at <= CHUNK) {
    const length = at == 0 ? CHUNK : GUARD - CHUNK;
    memory.copy(leftLine + to + (<usize>SIZE << 2), leftLine + to, length << 2);
    memory.copy(rightLine + to + (<usize>SIZE << 2), rightLine + to, length << 2);
  }
  at = (at + CHUNK) & MASK;
}

/** Two neighbours averaged: every return is a little darker than the one before. */
@inline function returned(from: usize, half: v128): v128 {
  return mul(add(v128.load(from), v128.load(from, 4)), half);
}
