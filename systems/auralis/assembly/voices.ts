// What all kinds of voices share. Four voices make a group; each lane of its fields belongs to one voice.
import { Event } from './score';
import { clampUnit, exp2, mul, mulAdd, sinTurn, splat, sub } from './simd';
import { CHUNK, frames, RATE } from './time';

@unmanaged export class VoiceGroup {
  /** Gains to the left, to the right, and into echo and reverb. */
  left: v128; right: v128; send: v128;
  /** When each voice begins and is let go, in frames of the phrase. */
  start: v128; end: v128;
  /** Envelope, see `setEnvelope`; and the gain that it had reached at the end of the last chunk. */
  level: v128; attack: v128; decay: v128; sustain: v128; release: v128;
  gain: v128;
  /** The frame from which each voice is free again. */
  free: v128;
}

/** Voices of a group that sound at `now`, 0..4. */
@inline export function sounding(group: VoiceGroup, now: i32): i32 {
  return i32(popcnt(i32x4.bitmask(i32x4.gt_s(group.free, i32x4.splat(now)))));
}

/** The first voice that is free at `now`, counted over consecutive groups; −1 when there is none. */
export function freeVoice(groups: usize, groupBytes: usize, voices: i32, now: i32): i32 {
  for (let voice = 0; voice < voices; voice++) {
    const group = groups + <usize>(voice >> 2) * groupBytes;
    if (load<i32>(group + offsetof<VoiceGroup>('free') + (<usize>(voice & 3) << 2)) <= now) return voice;
  }
  return -1;
}

/** One lane of a field. */
@inline export function setLane(group: usize, field: usize, lane: i32, value: f32): void {
  store<f32>(group + field + (<usize>lane << 2), value);
}

/** Begins a voice: its times, and silence until then. `ringingS`: how long it sounds on after it is let go. */
export function setTimes(group: usize, lane: i32, event: Event, ringingS: f32): void {
  const end = event.start + event.frames;
  setLane(group, offsetof<VoiceGroup>('start'), lane, f32(event.start));
  setLane(group, offsetof<VoiceGroup>('end'), lane, f32(end));
  setLane(group, offsetof<VoiceGroup>('gain'), lane, 0);
  store<i32>(group + offsetof<VoiceGroup>('free') + (<usize>lane << 2), end + i32(frames(ringingS)) + CHUNK);
}

/** Where a voice sits, −1 (left) … 1 (right) at constant power, and how much of it goes into echo and reverb. */
export function setPlace(group: usize, lane: i32, side: f32, send: f32): void {
  const angle = (side + 1) * 0.125;
  setLane(group, offsetof<VoiceGroup>('left'), lane, sinTurn(angle + 0.25));
  setLane(group, offsetof<VoiceGroup>('right'), lane, sinTurn(angle));
  setLane(group, offsetof<VoiceGroup>('send'), lane, send);
}

/** Attack and release take seconds; the decay towards `sustain` is in halvings a second. */
export function setEnvelope(
  group: usize, lane: i32, level: f32, attackS: f32, decay: f32, sustain: f32, releaseS: f32,
): void {
  setLane(group, offsetof<VoiceGroup>('level'), lane, level);
  setLane(group, offsetof<VoiceGroup>('attack'), lane, 1.0 / frames(attackS));
  setLane(group, offsetof<VoiceGroup>('decay'), lane, -decay / RATE);
  setLane(group, offsetof<VoiceGroup>('sustain'), lane, sustain);
  setLane(group, offsetof<VoiceGroup>('release'), lane, 1.0 / frames(releaseS));
}

/** How far the attack has come, 0..1. Like everything here a function of the time alone: nothing can drift. */
@inline export function attackAt(group: VoiceGroup, time: v128): v128 {
  return clampUnit(mul(sub(time, group.start), group.attack));
}

/** The level between 1 and the sustain level. */
@inline export function decayAt(group: VoiceGroup, age: v128): v128 {
  return mulAdd(sub(splat(1), group.sustain), exp2(mul(age, group.decay)), group.sustain);
}

/** What is left of the release, 1..0. */
@inline export function releaseAt(group: VoiceGroup, time: v128): v128 {
  return sub(splat(1), clampUnit(mul(sub(time, group.end), group.release)));
}
