// Pads: two detuned band-limited saws a voice, through a resonant low-pass filter of its own. Lanes are voices.
import { moreVoices, padLeft, padRight, spread, voices } from './bus';
import { between, bits } from './chance';
import { Event } from './score';
import { add, exp2, held, MAGNITUDE, mul, mulAdd, sinTurns, splat, sub, tanHalfTurns } from './simd';
import { CHUNK, CHUNK_BYTES, frames, RATE } from './time';
import { attackAt, freeVoice, releaseAt, setEnvelope, setLane, setPlace, setTimes, sounding, VoiceGroup } from './voices';

/** Voices at once: a chord of eight, and the eight that it takes over from. */
const VOICES: i32 = 16;
const LEVEL: f32 = 0.037;
/** Attack and release. Sine and cosine of the same length: chords that take turns keep the power constant. */
const SWELL_S: f32 = 1.15;
/** Voices of a chord come in, and go, up to this much apart, as a choir does. */
const STAGGER_S: f32 = 0.14;
const DETUNE_CENTS: f32 = 5.5;
/** Octaves that a filter opens with its attack, and that it sways by; and how much of its level a voice sways by. */
const OPENING: f32 = 0.7;
const SWAY: f32 = 0.35;
const BREATH: f32 = 0.25;

/** Phases are whole numbers that overflow by themselves: a turn is 2^32, and a saw runs over half of it either way. */
const TURN: f32 = 4294967296;
/** Scales parabolas as saws are: the root of TURN / 2. */
const ROOT: f32 = 46340.95;
/** A gain that makes 2e-15 of a saw. */
const INAUDIBLE: f32 = 1e-24;

@unmanaged class PadGroup extends VoiceGroup {
  incA: v128; incB: v128; phaseA: v128; phaseB: v128;
  cutoff: v128; damping: v128; swayRate: v128; swayPhase: v128;
  /** The filter: its state, and what takes the state one sample on. */
  low: v128; band: v128;
  keep: v128; cross: v128; stay: v128; follow: v128;
}

const BYTES: usize = offsetof<PadGroup>();
const groups = memory.data(2048, 16);

let brightness: f32 = 0;

export function resetPads(intensity: f32): void {
  brightness = intensity;
  memory.fill(groups, 0, 2048);
  // A voice at rest runs beside its neighbours: with a pitch of 0 its slope would be infinite.
  for (let g = 0; g < VOICES / 4; g++) {
    const group = groupAt(g);
    group.incA = group.incB = splat(0.01);
  }
}

/** False when all voices are taken. */
export function startPad(event: Event): bool {
  const voice = freeVoice(groups, BYTES, VOICES, event.start);
  if (voice < 0) return false;
  const group = changetype<usize>(groupAt(voice >> 2));
  const lane = voice & 3;
  setTimes(group, lane, event, SWELL_S + STAGGER_S);
  setLane(group, offsetof<PadGroup>('start'), lane, f32(event.start) + frames(between(0, STAGGER_S)));
  setLane(group, offsetof<PadGroup>('end'), lane, f32(event.start + event.frames) + frames(between(0, STAGGER_S)));
  setEnvelope(group, lane, LEVEL * event.velocity / TURN, SWELL_S, 0, 1, SWELL_S);
  // Two near the middle, two at the sides. Both groups of a pair sit the same way, so that they can be added first.
  const side: f32 = lane < 2 ? 0.25 : 0.85;
  setPlace(group, lane, (lane & 1) != 0 ? side : -side, 0);

  const inc = event.hz / RATE;
  const detune: f32 = DETUNE_CENTS * between(0.7, 1.3) * (0.6931472 / 1200.0);
  setLane(group, offsetof<PadGroup>('incA'), lane, inc * (1 + detune));
  setLane(group, offsetof<PadGroup>('incB'), lane, inc * (1 - detune));
  setLane(group, offsetof<PadGroup>('phaseA'), lane, reinterpret<f32>(bits()));
  setLane(group, offsetof<PadGroup>('phaseB'), lane, reinterpret<f32>(bits()));
  // The filter follows the key: every voice keeps some harmonics, more of them the stronger it sounds.
  const cutoff: f32 = (220 + event.hz * 1.3) * (1 + 1.9 * brightness) * (0.35 + 0.7 * event.velocity) * between(0.85, 1.2);
  setLane(group, offsetof<PadGroup>('cutoff'), lane, cutoff);
  setLane(group, offsetof<PadGroup>('damping'), lane, between(0.75, 1.1));
  setLane(group, offsetof<PadGroup>('swayRate'), lane, between(0.07, 0.3) / RATE);
  setLane(group, offsetof<PadGroup>('swayPhase'), lane, between(0, 1));
  setLane(group, offsetof<PadGroup>('low'), lane, 0);
  setLane(group, offsetof<PadGroup>('band'), lane, 0);
  return true;
}

/** Renders one chunk onto the pad bus; answers the voices that sounded. */
export function renderPads(now: i32): i32 {
  let total = 0;
  for (let g = 0; g < VOICES / 4; g += 2) {
    const first = groupAt(g), second = groupAt(g + 1);
    const busy = sounding(first, now) + sounding(second, now);
    if (busy == 0) continue;
    total += busy;
    oscillate(first, now, voices);
    oscillate(second, now, moreVoices);
    filter(first, second);
    spread(voices, first, padLeft, padRight, false);
  }
  return total;
}

/** Writes one chunk of a group's saws, and prepares its filter. */
function oscillate(group: PadGroup, now: i32, to: usize): void {
  const time = splat(f32(now + CHUNK));
  const attack = sinTurns(mul(attackAt(group, time), splat(0.25)));
  const release = sinTurns(mul(releaseAt(group, time), splat(0.25)));
  const sway = sinTurns(mulAdd(time, group.swayRate, group.swayPhase));
  const breath = mulAdd(sway, splat(BREATH), splat(1));
  // Never quite 0: a filter that has nothing to do sinks into denormal numbers, which are fifty times as slow.
  const target = f32x4.pmax(splat(INAUDIBLE), mul(mul(mul(attack, release), breath), group.level));
  tune(group, mul(group.cutoff, exp2(mulAdd(sway, splat(SWAY), mulAdd(attack, splat(OPENING), splat(-0.5))))));

  const drift = mul(sway, splat(0.0007));
  const incA = mulAdd(group.incA, drift, group.incA);
  const incB = sub(group.incB, mul(group.incB, drift));
  const stepA = i32x4.trunc_sat_f32x4_s(mul(incA, splat(TURN)));
  const stepB = i32x4.trunc_sat_f32x4_s(mul(incB, splat(TURN)));
  const slopeA = f32x4.div(splat(ROOT / TURN), incA), edgeA = sub(f32x4.div(splat(ROOT / 2), incA), splat(ROOT));
  const slopeB = f32x4.div(splat(ROOT / TURN), incB), edgeB = sub(f32x4.div(splat(ROOT / 2), incB), splat(ROOT));
  const footA = f32x4.neg(edgeA), footB = f32x4.neg(edgeB), magnitude = held(MAGNITUDE);
  let phaseA = group.phaseA, phaseB = group.phaseB;
  let gain = group.gain;
  const gainStep = mul(sub(target, gain), splat(1.0 / f32(CHUNK)));
  for (let i: usize = 0; i < <usize>CHUNK; i++) {
    gain = add(gain, gainStep);
    const sawA = saw(phaseA, slopeA, footA, edgeA, magnitude);
    const sawB = saw(phaseB, slopeB, footB, edgeB, magnitude);
    v128.store(to + (i << 4), mul(add(sawA, sawB), gain));
    phaseA = i32x4.add(phaseA, stepA);
    phaseB = i32x4.add(phaseB, stepB);
  }
  group.phaseA = phaseA;
  group.phaseB = phaseB;
  group.gain = target;
}

/** A saw, its step rounded by a parabola on either side (polyBLEP): `over` is how far it is past the edge. */
@inline function saw(phase: v128, slope: v128, foot: v128, edge: v128, magnitude: v128): v128 {
  const value = f32x4.convert_i32x4_s(phase);
  const near = mul(value, slope);
  const over = sub(near, f32x4.pmin(edge, f32x4.pmax(foot, near)));
  return sub(value, mul(over, v128.and(over, magnitude)));
}

/**
 * The state variable filter in its trapezoidal form (A. Simper, "Linear Trapezoidal Integrated SVF", 2013), as the
 * matrix that takes its two states one sample on: no other form has a shorter way from sample to sample.
 */
function tune(group: PadGroup, cutoffHz: v128): void {
  const tuning = tanHalfTurns(mul(f32x4.pmin(cutoffHz, splat(9000)), splat(1.0 / RATE)));
  const scale = f32x4.div(splat(1), mulAdd(tuning, add(tuning, group.damping), splat(1)));
  group.keep = sub(add(scale, scale), splat(1));
  group.cross = mul(add(tuning, tuning), scale);
  group.follow = mul(tuning, group.cross);
  group.stay = sub(splat(1), group.follow);
}

/** Filters `voices` and `moreVoices` and adds both up: two at once, for each waits for itself at every sample. */
function filter(a: PadGroup, b: PadGroup): void {
  const keepA = a.keep, crossA = a.cross, stayA = a.stay, followA = a.follow;
  const keepB = b.keep, crossB = b.cross, stayB = b.stay, followB = b.follow;
  let lowA = a.low, bandA = a.band, lowB = b.low, bandB = b.band;
  for (let at = voices; at < moreVoices; at += 16) {
    const inA = v128.load(at), inB = v128.load(at, CHUNK_BYTES * 4);
    const nextBandA = add(mul(keepA, bandA), mul(crossA, sub(inA, lowA)));
    const nextBandB = add(mul(keepB, bandB), mul(crossB, sub(inB, lowB)));
    const nextLowA = add(mul(crossA, bandA), add(mul(stayA, lowA), mul(followA, inA)));
    const nextLowB = add(mul(crossB, bandB), add(mul(stayB, lowB), mul(followB, inB)));
    v128.store(at, add(add(nextLowA, lowA), add(nextLowB, lowB)));
    bandA = nextBandA;
    bandB = nextBandB;
    lowA = nextLowA;
    lowB = nextLowB;
  }
  a.low = lowA;
  a.band = bandA;
  b.low = lowB;
  b.band = bandB;
}

@inline function groupAt(index: i32): PadGroup {
  return changetype<PadGroup>(groups + <usize>index * BYTES);
}
