/** Sample frames a second. */
export const RATE: f32 = 44100;
/** Frames between two looks at envelopes, filters and slow movements; audio in between is interpolated. */
export const CHUNK: i32 = 128;
/** Bytes of CHUNK samples. */
export const CHUNK_BYTES: usize = <usize>CHUNK << 2;

/** Seconds as frames. */
@inline export function frames(seconds: f32): f32 { return seconds * RATE; }
