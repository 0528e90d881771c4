/**
 * The arithmetic of `assembly/simd.ts`, with its polynomials: the GPU's own sine would be another one on every machine.
 * Every shader begins with this.
 */
export const arithmetic = /* wgsl */ `
const RATE: f32 = 44100.0;
const CHUNK: u32 = 128u;

struct Block {
  /** The first frame of the block, and its length: a multiple of CHUNK. */
  now: u32,
  frames: u32,
  /** Notes that sound in it, of all phrases. */
  slots: u32,
}

/** x less the nearest whole number: a phase brought back into -1/2 … 1/2. */
fn wrap(x: f32) -> f32 { return x - round(x); }

/** sin(2 pi x). */
fn sin_turns(x: f32) -> f32 {
  let y = wrap(x);
  let z = y * y;
  return y * (0.25 - z) * (z * (z * (z * -32.60920739 + 66.23888671) - 64.79273931) + 25.13216912);
}

/** sin(2 pi x) / 16 for -1/2 <= x <= 1/2, as two parabolas. */
fn parabolic_sine(x: f32) -> f32 { return x * (0.5 - abs(x)); }

/** 2^x for -100 <= x <= 100. */
fn exp2_of(x: f32) -> f32 {
  let bounded = clamp(x, -100.0, 100.0);
  let whole = floor(bounded);
  let f = bounded - whole;
  let q = f * (f * -0.01370197 - 0.06544628) - 0.30699608;
  return (f * (1.0 - f) * q + (1.0 + f)) * bitcast<f32>((i32(whole) + 127) << 23u);
}

/** tan(pi x) for 0 <= x <= 0.22. */
fn tan_half_turns(x: f32) -> f32 {
  let y = x * 3.14159265;
  let z = y * y;
  return y * (z * (z * (z * 0.0539683 + 0.1333333) + 0.3333333) + 1.0);
}
`;
