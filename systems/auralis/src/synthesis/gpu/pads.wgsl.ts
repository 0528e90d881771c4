import { padLayout } from './pads.ts';
import { voiceShader } from './voice.wgsl.ts';

/** The sound of `assembly/pads.ts`: two detuned band-limited saws through a resonant low-pass filter. */
export const padShader = voiceShader(
  padLayout.declare('Note'),
  /* wgsl */ `
const TURN: f32 = 4294967296.0;
const ROOT: f32 = 46340.95;
const INAUDIBLE: f32 = 1e-24;

/** A saw, its step rounded by a parabola on either side. */
fn saw(phase: u32, slope: f32, edge: f32) -> f32 {
  let value = f32(bitcast<i32>(phase));
  let near = value * slope;
  let over = near - clamp(near, -edge, edge);
  return value - over * abs(over);
}

fn render_chunk(note: ptr<function, Note>, time: f32, at: u32, slots: u32) {
  let attack = sin_turns(attack_at(note, time) * 0.25);
  let release = sin_turns(release_at(note, time) * 0.25);
  let sway = sin_turns(time * (*note).swayRate + (*note).swayPhase);
  let target_gain = max(INAUDIBLE, attack * release * (sway * 0.25 + 1.0) * (*note).level);

  let cutoff = (*note).cutoff * exp2_of(sway * 0.35 + (attack * 0.7 - 0.5));
  let tuning = tan_half_turns(min(cutoff, 9000.0) * (1.0 / RATE));
  let scale = 1.0 / (tuning * (tuning + (*note).damping) + 1.0);
  let keep = scale + scale - 1.0;
  let cross_gain = (tuning + tuning) * scale;
  let follow = tuning * cross_gain;
  let stay = 1.0 - follow;

  let drift = sway * 0.0007;
  let inc_a = (*note).incA * drift + (*note).incA;
  let inc_b = (*note).incB - (*note).incB * drift;
  let step_a = u32(inc_a * TURN);
  let step_b = u32(inc_b * TURN);
  let slope_a = (ROOT / TURN) / inc_a;
  let slope_b = (ROOT / TURN) / inc_b;
  let edge_a = (ROOT / 2.0) / inc_a - ROOT;
  let edge_b = (ROOT / 2.0) / inc_b - ROOT;

  var phase_a = (*note).phaseA;
  var phase_b = (*note).phaseB;
  var low = (*note).low;
  var band = (*note).band;
  var gain = (*note).gain;
  let gain_step = (target_gain - gain) * (1.0 / f32(CHUNK));
  var to = at;
  for (var i = 0u; i < CHUNK; i++) {
    gain += gain_step;
    let input = (saw(phase_a, slope_a, edge_a) + saw(phase_b, slope_b, edge_b)) * gain;
    phase_a += step_a;
    phase_b += step_b;
    let next_band = keep * band + cross_gain * (input - low);
    let next_low = cross_gain * band + (stay * low + follow * input);
    samples[to] = next_low + low;
    band = next_band;
    low = next_low;
    to += slots;
  }
  (*note).phaseA = phase_a;
  (*note).phaseB = phase_b;
  (*note).low = low;
  (*note).band = band;
  (*note).gain = target_gain;
}
`,
);
