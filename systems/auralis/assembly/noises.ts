// Noises: shaker, brush and the breath of air above the pads. White noise through a band of its own. Lanes are voices.
import { mixLeft, mixRight, spread, voices } from './bus';
import { between, bits } from './chance';
import { AIR, SHAKER } from './instruments';
import { Event } from './score';
import { add, exp2, mul, mulAdd, sinTurns, splat, sub, tanHalfTurns } from './simd';
import { CHUNK, RATE } from './time';
import { attackAt, decayAt, freeVoice, releaseAt, setEnvelope, setLane, setPlace, setTimes, sounding, VoiceGroup } from './voices';

const VOICES: i32 = 4;

@unmanaged class NoiseGroup extends VoiceGroup {
  chance: v128;
  cutoff: v128; damping: v128; sway: v128; swayRate: v128;
  low: v128; band: v128;
}

const group = memory.data(512, 16);

export function resetNoises(): void {
  memory.fill(group, 0, 512);
}

/** False when all voices are taken. */
export function startNoise(event: Event): bool {
  const lane = freeVoice(group, 0, VOICES, event.start);
  if (lane < 0) return false;
  setLane(group, offsetof<NoiseGroup>('chance'), lane, reinterpret<f32>(bits()));
  switch (event.instrument) {
    case AIR: {
      setTimes(group, lane, event, 1.15);
      setEnvelope(group, lane, 0.034 * event.velocity, 1.15, 0, 1, 1.15);
      setPlace(group, lane, between(-0.4, 0.4), 0.6);
      setBand(lane, between(3600, 5200), 0.9, 0.5, between(0.1, 0.3));
      return true;
    }
    case SHAKER: {
      setTimes(group, lane, event, 0.3);
      setEnvelope(group, lane, 0.13 * event.velocity, 0.012, 22, 0, 0.3);
      setPlace(group, lane, between(-0.6, 0.6), 0.25);
      setBand(lane, between(5600, 7400), 0.8, 0, 0);
      return true;
    }
    default: {
      setTimes(group, lane, event, 0.6);
      setEnvelope(group, lane, 0.15 * event.velocity, 0.035, 9, 0, 0.6);
      setPlace(group, lane, between(-0.5, 0.5), 0.4);
      setBand(lane, between(1500, 2400), 1.1, 0.4, 2);
      return true;
    }
  }
}

/** A band around `hz` that sways by up to `octaves`. */
function setBand(lane: i32, hz: f32, damping: f32, octaves: f32, swayHz: f32): void {
  setLane(group, offsetof<NoiseGroup>('cutoff'), lane, hz);
  setLane(group, offsetof<NoiseGroup>('damping'), lane, damping);
  setLane(group, offsetof<NoiseGroup>('sway'), lane, octaves);
  setLane(group, offsetof<NoiseGroup>('swayRate'), lane, swayHz / RATE);
  setLane(group, offsetof<NoiseGroup>('low'), lane, 0);
  setLane(group, offsetof<NoiseGroup>('band'), lane, 0);
}

/** Renders one chunk onto the mix and the send; answers the voices that sounded. */
export function renderNoises(now: i32): i32 {
  const noise = changetype<NoiseGroup>(group);
  const busy = sounding(noise, now);
  if (busy == 0) return 0;
  hiss(noise, now);
  spread(voices, noise, mixLeft, mixRight, true);
  return busy;
}

function hiss(noise: NoiseGroup, now: i32): void {
  const time = splat(f32(now + CHUNK));
  const age = f32x4.pmax(splat(0), sub(time, noise.start));
  const attack = sinTurns(mul(attackAt(noise, time), splat(0.25)));
  const release = sinTurns(mul(releaseAt(noise, time), splat(0.25)));
  const target = mul(mul(attack, decayAt(noise, age)), mul(release, noise.level));

  // The same filter as the pads', here for its band.
  const sway = exp2(mul(noise.sway, sinTurns(mul(age, noise.swayRate))));
  const tuning = tanHalfTurns(f32x4.pmin(splat(0.22), mul(mul(noise.cutoff, sway), splat(1.0 / RATE))));
  const scale = f32x4.div(splat(1), mulAdd(tuning, add(tuning, noise.damping), splat(1)));
  const keep = sub(add(scale, scale), splat(1));
  const cross = mul(add(tuning, tuning), scale);
  const follow = mul(tuning, cross);
  const stay = sub(splat(1), follow);

  let chance = noise.chance, low = noise.low, band = noise.band, gain = noise.gain;
  const gainStep = mul(sub(target, gain), splat(1.0 / f32(CHUNK)));
  // Numerical Recipes' quick generator: its high bits, which is what is heard, are random enough for a shaker.
  const factor = i32x4.splat(load<i32>(GENERATOR)), term = i32x4.splat(load<i32>(GENERATOR, 4));
  const unit = v128.load32_splat(GENERATOR, 8);
  for (let i: usize = 0; i < <usize>CHUNK; i++) {
    chance = i32x4.add(i32x4.mul(chance, factor), term);
    const white = mul(f32x4.convert_i32x4_s(chance), unit);
    const nextBand = add(mul(keep, band), mul(cross, sub(white, low)));
    const nextLow = add(mul(cross, band), add(mul(stay, low), mul(follow, white)));
    gain = add(gain, gainStep);
    v128.store(voices + (i << 4), mul(add(nextBand, band), gain));
    band = nextBand;
    low = nextLow;
  }
  noise.chance = chance;
  noise.low = low;
  noise.band = band;
  noise.gain = target;
}

/** Factor and term of the generator, and half of 2^−31 as a float. */
const GENERATOR = memory.data<i32>([1664525, 1013904223, 0x2f800000]);
