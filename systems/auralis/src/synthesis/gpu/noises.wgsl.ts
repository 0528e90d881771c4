import { noiseLayout } from './noises.ts';
import { voiceShader } from './voice.wgsl.ts';

/** The sound of `assembly/noises.ts`: white noise through a band of its own. */
export const noiseShader = voiceShader(
  noiseLayout.declare('Note'),
  /* wgsl */ `
fn render_chunk(note: ptr<function, Note>, time: f32, at: u32, slots: u32) {
  let age = max(0.0, time - (*note).start);
  let attack = sin_turns(attack_at(note, time) * 0.25);
  let release = sin_turns(release_at(note, time) * 0.25);
  let target_gain = attack * decay_at(note, age) * (release * (*note).level);

  let sway = exp2_of((*note).sway * sin_turns(age * (*note).swayRate));
  let tuning = tan_half_turns(min(0.22, (*note).cutoff * sway * (1.0 / RATE)));
  let scale = 1.0 / (tuning * (tuning + (*note).damping) + 1.0);
  let keep = scale + scale - 1.0;
  let cross_gain = (tuning + tuning) * scale;
  let follow = tuning * cross_gain;
  let stay = 1.0 - follow;

  var chance = (*note).chance;
  var low = (*note).low;
  var band = (*note).band;
  var gain = (*note).gain;
  let gain_step = (target_gain - gain) * (1.0 / f32(CHUNK));
  var to = at;
  for (var i = 0u; i < CHUNK; i++) {
    chance = chance * 1664525u + 1013904223u;
    let white = f32(bitcast<i32>(chance)) * 0x1p-32;
    let next_band = keep * band + cross_gain * (white - low);
    let next_low = cross_gain * band + (stay * low + follow * white);
    gain += gain_step;
    samples[to] = (next_band + band) * gain;
    band = next_band;
    low = next_low;
    to += slots;
  }
  (*note).chance = chance;
  (*note).low = low;
  (*note).band = band;
  (*note).gain = target_gain;
}
`,
);
