// A gentle chorus for the pads: each side hears itself and, a little later and swaying, the other.
import { padLeft, padRight, mixLeft, mixRight } from './bus';
import { add, held, mul, mulAdd, ramp, sinTurns, splat, sub } from './simd';
import { CHUNK, CHUNK_BYTES, frames, RATE } from './time';

const SIZE: i32 = 2048;
/** A chunk and what interpolation reads past it, repeated behind the end so that a read never wraps. */
const GUARD: i32 = CHUNK + 8;
const leftLine = memory.data((SIZE + GUARD) << 2, 16);
const rightLine = memory.data((SIZE + GUARD) << 2, 16);

const DELAY_S: f32 = 0.013;
const DEPTH_S: f32 = 0.0035;
const SWAY_HZ: f32 = 0.37;
const DRY = memory.data<f32>([0.8]);
const WET = memory.data<f32>([0.55]);

let at: i32 = 0;

export function resetChorus(): void {
  at = 0;
  memory.fill(leftLine, 0, (SIZE + GUARD) << 2);
  memory.fill(rightLine, 0, (SIZE + GUARD) << 2);
}

/** Moves the pad bus through the chorus: it keeps the result, and the mix gets it added. */
export function renderChorus(now: i32): void {
  keep(leftLine, padLeft);
  keep(rightLine, padRight);
  const before = delayAt(now), after = delayAt(now + CHUNK);
  cross(padLeft, rightLine, f32x4.extract_lane(before, 0), f32x4.extract_lane(after, 0), mixLeft);
  cross(padRight, leftLine, f32x4.extract_lane(before, 1), f32x4.extract_lane(after, 1), mixRight);
  at = (at + CHUNK) & (SIZE - 1);
}

/** The two delays in frames: the sides sway against each other. */
function delayAt(time: i32): v128 {
  const turn = f32(time) * (SWAY_HZ / RATE);
  const sway = sinTurns(add(splat(turn), f32x4(0, 0.5, 0, 0)));
  return mulAdd(sway, splat(frames(DEPTH_S)), splat(frames(DELAY_S)));
}

function keep(line: usize, bus: usize): void {
  const to = line + (<usize>at << 2);
  for (let i: usize = 0; i < CHUNK_BYTES; i += 16) v128.store(to + i, v128.load(bus + i));
  if (at <= CHUNK) memory.copy(to + (<usize>SIZE << 2), to, (at == 0 ? CHUNK : GUARD - CHUNK) << 2);
}

function cross(bus: usize, line: usize, before: f32, after: f32, mix: usize): void {
  const whole = i32(before) + 1;
  const from = line + (<usize>((at - whole) & (SIZE - 1)) << 2);
  // Within a chunk the delay glides by a fraction of a sample, so that the whole part can stay.
  const step = (before - after) / f32(CHUNK);
  let part = ramp(f32(whole) - before, step);
  const partStep = splat(step * 4), dry = held(DRY), wet = held(WET);
  for (let i: usize = 0; i < CHUNK_BYTES; i += 16) {
    const near = v128.load(from + i), far = v128.load(from + i, 4);
    const delayed = mulAdd(sub(far, near), part, near);
    const mixed = mulAdd(delayed, wet, mul(v128.load(bus + i), dry));
    v128.store(bus + i, mixed);
    v128.store(mix + i, add(v128.load(mix + i), mixed));
    part = add(part, partStep);
  }
}
