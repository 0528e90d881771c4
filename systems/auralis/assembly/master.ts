// The last step: loudness, a soft ceiling, and the fade that ends the tail in exact silence.
import { mixLeft, mixRight } from './bus';
import { add, clampUnit, held, mul, mulAdd, ramp, splat, sub } from './simd';
import { CHUNK, CHUNK_BYTES, frames } from './time';

/** No phrase ever leaves ±CEILING, so that one phrase over the tail of another stays below full scale. */
const CEILING: f32 = 0.72;
/** 3, 27, 9, the gain before the curve and the one after it. */
const CURVE = memory.data<f32>([3, 27, 9, 0.95 / 0.72, 0.72]);
/** Length of the fade at the end of the tail. */
const FADE_S: f32 = 0.6;

/** Writes one chunk of the mix to a pair of outputs; `end` is the first frame after the tail. */
export function renderMaster(left: usize, right: usize, now: i32, end: i32): void {
  const fading = f32(now + CHUNK) > f32(end) - frames(FADE_S);
  for (let i: usize = 0; i < CHUNK_BYTES; i += 16) {
    let l = limit(v128.load(mixLeft + i)), r = limit(v128.load(mixRight + i));
    if (fading) {
      const fade = fadeAt(f32(end - now - 1) - f32(i >> 2));
      l = mul(l, fade);
      r = mul(r, fade);
    }
    v128.store(left + i, l);
    v128.store(right + i, r);
  }
}

/** Close to tanh: x(27 + x²)/(27 + 9x²), which reaches 1 with slope 0 at x = 3. */
@inline function limit(x: v128): v128 {
  const bound = held(CURVE), twentySeven = held(CURVE + 4);
  const y = f32x4.pmin(bound, f32x4.pmax(f32x4.neg(bound), mul(x, held(CURVE + 12))));
  const z = mul(y, y);
  return f32x4.div(mul(mul(y, add(z, twentySeven)), held(CURVE + 16)), mulAdd(z, held(CURVE + 8), twentySeven));
}

/** Gain of four moments, the first `left` frames before the last one: half a cosine, as a cubic; the last is 0. */
@inline function fadeAt(left: f32): v128 {
  const x = clampUnit(ramp(left * (1.0 / frames(FADE_S)), -1.0 / frames(FADE_S)));
  return mul(mul(x, x), sub(splat(3), add(x, x)));
}
