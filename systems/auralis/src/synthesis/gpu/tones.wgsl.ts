import { toneLayout } from './tones.ts';
import { voiceShader } from './voice.wgsl.ts';

/** The sound of `assembly/tones.ts`: two sines, the one bending the other. */
export const toneShader = voiceShader(
  toneLayout.declare('Note'),
  /* wgsl */ `
fn render_chunk(note: ptr<function, Note>, time: f32, at: u32, slots: u32) {
  let age = max(0.0, time - (*note).start);
  let release = release_at(note, time);
  let target_gain = attack_at(note, time) * decay_at(note, age) * (release * release) * (*note).level;
  let target_bend = (*note).bendStart * exp2_of(age * (*note).bendDecay) + (*note).bendRest;

  let late = saturate((age - 0.3 * RATE) * (1.0 / (0.6 * RATE)));
  let shake = (*note).vibrato * late * sin_turns(age * (4.6 / RATE));
  let fall = (*note).drop * exp2_of(age * (*note).dropDecay);
  let inc = (*note).inc * (shake + fall) + (*note).inc;
  let bend_inc = inc * (*note).ratio;

  var phase = (*note).phase;
  var bend_phase = (*note).bendPhase;
  var gain = (*note).gain;
  var bend = (*note).bend;
  let gain_step = (target_gain - gain) * (1.0 / f32(CHUNK));
  let bend_step = (target_bend - bend) * (1.0 / f32(CHUNK));
  var to = at;
  for (var i = 0u; i < CHUNK; i++) {
    gain += gain_step;
    bend += bend_step;
    samples[to] = sin_turns(parabolic_sine(bend_phase) * bend + phase) * gain;
    phase += inc;
    bend_phase = wrap(bend_phase + bend_inc);
    to += slots;
  }
  (*note).phase = wrap(phase);
  (*note).bendPhase = bend_phase;
  (*note).gain = target_gain;
  (*note).bend = target_bend;
}
`,
);
