// Tones: lead, bells, bass and tuned percussion. Two sines a voice, the one bending the other (frequency
// modulation, J. Chowning 1973). Lanes are voices.
import { mixLeft, mixRight, spread, voices } from './bus';
import { between } from './chance';
import { BASS, BELL, LEAD, PULSE } from './instruments';
import { Event } from './score';
import { add, clampUnit, exp2, mul, mulAdd, parabolicSine, sinTurns, splat, sub, wrap } from './simd';
import { CHUNK, frames, RATE } from './time';
import { attackAt, decayAt, freeVoice, releaseAt, setEnvelope, setLane, setPlace, setTimes, sounding, VoiceGroup } from './voices';

const VOICES: i32 = 8;
const VIBRATO_HZ: f32 = 4.6;
/** Vibrato comes late, as players do it. */
const VIBRATO_AFTER_S: f32 = 0.3;
const VIBRATO_OVER_S: f32 = 0.6;

@unmanaged class ToneGroup extends VoiceGroup {
  inc: v128; phase: v128; vibrato: v128;
  /** How much higher the pitch starts, as a ratio, and its halvings a frame. */
  drop: v128; dropDecay: v128;
  /** The bending sine: its pitch as a ratio, its depth in turns (what decays, what rests, how fast, and now). */
  ratio: v128; bendPhase: v128; bendStart: v128; bendRest: v128; bendDecay: v128; bend: v128;
}

const BYTES: usize = offsetof<ToneGroup>();
const groups = memory.data(1024, 16);

let brightness: f32 = 0;

export function resetTones(intensity: f32): void {
  brightness = intensity;
  memory.fill(groups, 0, 1024);
}

/** False when all voices are taken. */
export function startTone(event: Event): bool {
  const voice = freeVoice(groups, BYTES, VOICES, event.start);
  if (voice < 0) return false;
  const group = changetype<usize>(groupAt(voice >> 2));
  const lane = voice & 3;
  const hz = event.hz, velocity = event.velocity;
  setLane(group, offsetof<ToneGroup>('inc'), lane, hz / RATE);
  setLane(group, offsetof<ToneGroup>('phase'), lane, 0);
  setLane(group, offsetof<ToneGroup>('bendPhase'), lane, 0);
  setPitch(group, lane, 0, 0, 0);
  switch (event.instrument) {
    case LEAD: {
      // A reed or a flute: it opens with the velocity and with the intensity.
      const open: f32 = (0.35 + 0.9 * velocity) * (0.55 + 0.7 * brightness);
      setTimes(group, lane, event, 0.9);
      setEnvelope(group, lane, 0.096 * velocity, 0.09, 0.5, 0.72, 0.9);
      setPlace(group, lane, between(-0.3, 0.3), 0.75);
      setBend(group, lane, 1, open * 1.5, open * 0.6, 1.6);
      setPitch(group, lane, 0.004, 60, 0.0028);
      return true;
    }
    case BELL: {
      // Inharmonic and bright for a moment, then a pure tone; higher bells are shorter.
      const ratio: f32 = between(0, 1) < 0.5 ? 3.5107 : 2.7564;
      const fade: f32 = 1.5 + hz * 0.0009;
      setTimes(group, lane, event, 2);
      setEnvelope(group, lane, 0.07 * velocity, 0.002, fade, 0, 2);
      setPlace(group, lane, between(-0.85, 0.85), 0.9);
      setBend(group, lane, ratio, (0.5 + 1.1 * brightness) * (0.5 + 0.5 * velocity), 0.04, 5);
      return true;
    }
    case BASS: {
      setTimes(group, lane, event, 1);
      setEnvelope(group, lane, 0.11 * velocity, 0.16, 0.3, 0.8, 1);
      setPlace(group, lane, 0, 0);
      setBend(group, lane, 1, 0.9, 0.35 + 0.3 * brightness, 1.2);
      return true;
    }
    case PULSE: {
      // A heartbeat: a low sine whose pitch falls into place.
      setTimes(group, lane, event, 0.35);
      setEnvelope(group, lane, 0.28 * velocity, 0.006, 7, 0, 0.35);
      setPlace(group, lane, 0, 0.08);
      setBend(group, lane, 1, 0.25, 0, 20);
      setPitch(group, lane, 1.6, 34, 0);
      return true;
    }
    default: {
      // Wood: a short knock.
      setTimes(group, lane, event, 0.3);
      setEnvelope(group, lane, 0.11 * velocity, 0.002, 16, 0, 0.3);
      setPlace(group, lane, between(-0.7, 0.7), 0.5);
      setBend(group, lane, 1.414, 1.3, 0, 60);
      setPitch(group, lane, 0.15, 50, 0);
      return true;
    }
  }
}

/** Depths in radians, at the start and at rest; halvings a second from the one to the other. */
function setBend(group: usize, lane: i32, ratio: f32, start: f32, rest: f32, decay: f32): void {
  // Radians as turns, times the 16 of the parabolic sine.
  const turns: f32 = 0.15915494 * 16;
  setLane(group, offsetof<ToneGroup>('ratio'), lane, ratio);
  setLane(group, offsetof<ToneGroup>('bendStart'), lane, (start - rest) * turns);
  setLane(group, offsetof<ToneGroup>('bendRest'), lane, rest * turns);
  setLane(group, offsetof<ToneGroup>('bendDecay'), lane, -decay / RATE);
  setLane(group, offsetof<ToneGroup>('bend'), lane, start * turns);
}

function setPitch(group: usize, lane: i32, drop: f32, decay: f32, vibrato: f32): void {
  setLane(group, offsetof<ToneGroup>('drop'), lane, drop);
  setLane(group, offsetof<ToneGroup>('dropDecay'), lane, -decay / RATE);
  setLane(group, offsetof<ToneGroup>('vibrato'), lane, vibrato);
}

/** Renders one chunk onto the mix and the send; answers the voices that sounded. */
export function renderTones(now: i32): i32 {
  let total = 0;
  for (let g = 0; g < VOICES / 4; g++) {
    const group = groupAt(g);
    const busy = sounding(group, now);
    if (busy == 0) continue;
    total += busy;
    oscillate(group, now);
    spread(voices, group, mixLeft, mixRight, true);
  }
  return total;
}

function oscillate(group: ToneGroup, now: i32): void {
  const time = splat(f32(now + CHUNK));
  const age = f32x4.pmax(splat(0), sub(time, group.start));
  const release = releaseAt(group, time);
  const target = mul(mul(mul(attackAt(group, time), decayAt(group, age)), mul(release, release)), group.level);
  const bendTarget = mulAdd(group.bendStart, exp2(mul(age, group.bendDecay)), group.bendRest);

  const late = clampUnit(mul(sub(age, splat(frames(VIBRATO_AFTER_S))), splat(1.0 / frames(VIBRATO_OVER_S))));
  const shake = mul(mul(group.vibrato, late), sinTurns(mul(age, splat(VIBRATO_HZ / RATE))));
  const fall = mul(group.drop, exp2(mul(age, group.dropDecay)));
  const inc = mulAdd(group.inc, add(shake, fall), group.inc);
  const bendInc = mul(inc, group.ratio);

  let phase = group.phase, bendPhase = group.bendPhase, gain = group.gain, bend = group.bend;
  const gainStep = mul(sub(target, gain), splat(1.0 / f32(CHUNK)));
  const bendStep = mul(sub(bendTarget, bend), splat(1.0 / f32(CHUNK)));
  for (let i: usize = 0; i < <usize>CHUNK; i++) {
    gain = add(gain, gainStep);
    bend = add(bend, bendStep);
    v128.store(voices + (i << 4), mul(sinTurns(mulAdd(parabolicSine(bendPhase), bend, phase)), gain));
    phase = add(phase, inc);
    bendPhase = wrap(add(bendPhase, bendInc));
  }
  group.phase = wrap(phase);
  group.bendPhase = bendPhase;
  group.gain = target;
  group.bend = bendTarget;
}

@inline function groupAt(index: i32): ToneGroup {
  return changetype<ToneGroup>(groups + <usize>index * BYTES);
}
