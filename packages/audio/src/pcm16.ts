/** Bytes of one sample. */
export const PCM16_BYTES = 2;

/**
 * ±1.0 maps to ±32767 both ways, so that the scale is symmetrical: a wave and its mirror image encode to mirror
 * images, silence is 0, and decoding what was encoded is off by at most half a step (1 / 65534). The code -32768,
 * which this encoder never writes, decodes to -1.00003.
 */
const SCALE = 32_767;

/**
 * Interleaves planar floats into signed 16-bit little-endian samples and answers the bytes written.
 *
 * Takes `frames` sample frames from `startFrame` of every channel and writes them to `target` at `targetOffset`
 * (bytes). Rounds to the nearest step, ties away from zero; clamps to ±1.0; NaN becomes 0. Never throws and
 * allocates nothing: frames that a channel lacks are written as silence, bytes beyond the target are lost.
 */
export function encodePcm16(
  channels: readonly Float32Array[],
  startFrame: number,
  frames: number,
  target: Uint8Array,
  targetOffset = 0,
): number {
  const frameBytes = channels.length * PCM16_BYTES;
  for (let channel = 0; channel < channels.length; channel++) {
    const samples = channels[channel] as Float32Array;
    let offset = targetOffset + channel * PCM16_BYTES;
    for (let frame = startFrame; frame < startFrame + frames; frame++, offset += frameBytes) {
      const code = toCode(samples[frame] as number);
      target[offset] = code & 0xff;
      target[offset + 1] = (code >> 8) & 0xff;
    }
  }
  return frames * frameBytes;
}

/**
 * Takes interleaved signed 16-bit little-endian samples apart into planar floats and answers the frames read.
 *
 * Reads at most `frames` sample frames from `source` at `sourceOffset` (bytes) into every channel from
 * `targetFrame` on; fewer where the bytes end. An incomplete frame at the end is left out. Never throws and
 * allocates nothing.
 */
export function decodePcm16(
  source: Uint8Array,
  sourceOffset: number,
  frames: number,
  channels: readonly Float32Array[],
  targetFrame = 0,
): number {
  const frameBytes = channels.length * PCM16_BYTES;
  if (frameBytes === 0) return 0;
  const whole = Math.max(0, Math.min(frames, Math.floor((source.length - sourceOffset) / frameBytes)));
  for (let channel = 0; channel < channels.length; channel++) {
    const samples = channels[channel] as Float32Array;
    let offset = sourceOffset + channel * PCM16_BYTES;
    for (let frame = targetFrame; frame < targetFrame + whole; frame++, offset += frameBytes) {
      const code = (source[offset] as number) | ((source[offset + 1] as number) << 8);
      samples[frame] = ((code << 16) >> 16) / SCALE;
    }
  }
  return whole;
}

/** NaN, and the undefined of a missing sample, pass both comparisons and end as `NaN | 0`, which is 0. */
function toCode(sample: number): number {
  const scaled = sample > 1 ? SCALE : sample < -1 ? -SCALE : sample * SCALE;
  return (scaled + (scaled < 0 ? -0.5 : 0.5)) | 0;
}
