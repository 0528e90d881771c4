import { arithmetic } from './arithmetic.wgsl.ts';

/** Invocations of a workgroup: one renders one note. */
export const NOTES_A_GROUP = 64;

/**
 * A shader that renders the notes of one kind: invocation n takes the note and the slot that active_notes[n] names, and
 * writes the note's samples of the block to that column of the table. `record` declares the struct Note; `render`
 * is the function render_chunk(note: ptr<function, Note>, time: f32, at: u32, slots: u32), which writes CHUNK samples.
 */
export function voiceShader(record: string, render: string): string {
  return /* wgsl */ `${arithmetic}
${record}
@group(0) @binding(0) var<uniform> block: Block;
@group(0) @binding(1) var<storage, read> active_notes: array<vec2u>;
@group(0) @binding(2) var<storage, read_write> notes: array<Note>;
@group(0) @binding(3) var<storage, read_write> samples: array<f32>;

fn attack_at(note: ptr<function, Note>, time: f32) -> f32 {
  return saturate((time - (*note).start) * (*note).attack);
}

/** The level between 1 and the sustain level. */
fn decay_at(note: ptr<function, Note>, age: f32) -> f32 {
  return (1.0 - (*note).sustain) * exp2_of(age * (*note).decay) + (*note).sustain;
}

/** What is left of the release, 1 … 0. */
fn release_at(note: ptr<function, Note>, time: f32) -> f32 {
  return 1.0 - saturate((time - (*note).end) * (*note).release);
}
${render}
@compute @workgroup_size(${NOTES_A_GROUP})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let count = active_notes[0].x;
  if (id.x >= count) { return; }
  let entry = active_notes[id.x + 1u];
  var note = notes[entry.x];
  for (var offset = 0u; offset < block.frames; offset += CHUNK) {
    let now = block.now + offset;
    let at = offset * block.slots + entry.y;
    if (now >= note.first && now < note.free) {
      render_chunk(&note, f32(now + CHUNK), at, block.slots);
    } else {
      for (var i = 0u; i < CHUNK; i++) { samples[at + i * block.slots] = 0.0; }
    }
  }
  notes[entry.x] = note;
}
`;
}
