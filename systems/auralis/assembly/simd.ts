// Arithmetic on four lanes of f32. What a lane is (a voice, or a moment) is the caller's business.

@inline export function splat(x: f32): v128 { return f32x4.splat(x); }
@inline export function add(a: v128, b: v128): v128 { return f32x4.add(a, b); }
@inline export function sub(a: v128, b: v128): v128 { return f32x4.sub(a, b); }
@inline export function mul(a: v128, b: v128): v128 { return f32x4.mul(a, b); }

/** a·b + c, rounded twice: the fused form is not the same on every machine, and renders must be. */
@inline export function mulAdd(a: v128, b: v128, c: v128): v128 { return f32x4.add(f32x4.mul(a, b), c); }

/**
 * A constant for an inner loop, read from memory. A literal would be pulled into the loop, where V8 builds it from
 * integers at every use: a loop of multiplications and additions took 2.8 times as long.
 */
@inline export function held(address: usize): v128 { return v128.load32_splat(address); }

/** x held between 0 and 1. */
@inline export function clampUnit(x: v128): v128 { return f32x4.pmin(splat(1), f32x4.pmax(splat(0), x)); }

/** x less the nearest whole number: a phase brought back into −½ … ½. */
@inline export function wrap(x: v128): v128 { return sub(x, f32x4.nearest(x)); }

/** All bits of an f32 but the sign. */
export const MAGNITUDE = memory.data<i32>([0x7fffffff]);
const HALF = memory.data<f32>([0.5]);
const QUARTER = memory.data<f32>([0.25]);
const SINE = memory.data<f32>([-32.60920739, 66.23888671, -64.79273931, 25.13216912]);

/** sin(2πx), error below 7e-6 (−103 dB): x(¼ − x²)·P(x²) has its zeros where the sine has them. */
@inline export function sinTurns(x: v128): v128 {
  const y = wrap(x);
  const z = mul(y, y);
  let p = mulAdd(z, held(SINE), held(SINE + 4));
  p = mulAdd(z, p, held(SINE + 8));
  p = mulAdd(z, p, held(SINE + 12));
  return mul(mul(y, sub(held(QUARTER), z)), p);
}

/** sin(2πx) / 16 for −½ ≤ x ≤ ½, as two parabolas: its third harmonic at −28 dB is welcome where it bends a tone. */
@inline export function parabolicSine(x: v128): v128 {
  return mul(x, sub(held(HALF), v128.and(x, held(MAGNITUDE))));
}

/** sin(2πx) of one number. */
export function sinTurn(x: f32): f32 { return f32x4.extract_lane(sinTurns(splat(x)), 0); }

/** 2^x for −100 ≤ x ≤ 100, relative error below 5e-6: the whole part goes into the exponent's bits. */
@inline export function exp2(x: v128): v128 {
  const bounded = f32x4.pmax(splat(-100), f32x4.pmin(splat(100), x));
  const whole = f32x4.floor(bounded);
  const f = sub(bounded, whole);
  const q = mulAdd(f, mulAdd(f, splat(-0.01370197), splat(-0.06544628)), splat(-0.30699608));
  const fraction = mulAdd(mul(f, sub(splat(1), f)), q, add(splat(1), f));
  return mul(fraction, i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(whole), i32x4.splat(127)), 23));
}

/** tan(πx) for 0 ≤ x ≤ 0.22 (9.7 kHz), relative error below 1 %: filter tuning needs no more. */
@inline export function tanHalfTurns(x: v128): v128 {
  const y = mul(x, splat(3.14159265));
  const z = mul(y, y);
  const p = mulAdd(z, mulAdd(z, mulAdd(z, splat(0.0539683), splat(0.1333333)), splat(0.3333333)), splat(1));
  return mul(y, p);
}

/** Lane `n` of the result is a + n·step. */
@inline export function ramp(a: f32, step: f32): v128 {
  return mulAdd(f32x4(0, 1, 2, 3), splat(step), splat(a));
}
