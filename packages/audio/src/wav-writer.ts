import { audioFaults } from './faults.ts';
import { encodePcm16 } from './pcm16.ts';
import { FORMAT_FLOAT, FORMAT_PCM, SAMPLE_BYTES, SIZE_UNKNOWN, type WavEncoding } from './wav-format.ts';

/** A piece of audio to be written. */
export interface WavContent {
  readonly sampleRateHz: number;
  /** One array a channel; the shorter ones are filled with silence. */
  readonly channels: readonly Float32Array[];
  /** Default pcm16. */
  readonly encoding?: WavEncoding;
}

export interface WavHeaderOptions {
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly encoding: WavEncoding;
  /** Sample frames in the file. Without it they are not known yet, and readers read to the end of the file. */
  readonly frames?: number;
}

/** Writes a whole WAV file into memory. Above 4 GiB it is the fault `WAV_TOO_LARGE`. */
export function writeWav(content: WavContent): Uint8Array {
  const { sampleRateHz, channels, encoding = 'pcm16' } = content;
  const frames = channels.reduce((longest, samples) => Math.max(longest, samples.length), 0);
  const header = wavHeader({ sampleRateHz, channels: channels.length, encoding, frames });
  const dataBytes = frames * channels.length * SAMPLE_BYTES[encoding];
  const file = new Uint8Array(header.length + dataBytes);
  file.set(header);
  if (encoding === 'pcm16') encodePcm16(channels, 0, frames, file, header.length);
  else encodeFloat32(channels, frames, new DataView(file.buffer, header.length));
  return file;
}

/**
 * The header alone, for audio that is written as it comes: 44 bytes for pcm16, 58 for float32, whatever the number
 * of frames. Write it without `frames` first, the samples after it, and at the end write it again with them over
 * the first one; a recording that dies before that is still readable.
 */
export function wavHeader(options: WavHeaderOptions): Uint8Array {
  const { encoding, frames } = options;
  checkCount('sampleRateHz', options.sampleRateHz, 1, 0xffff_ffff);
  checkCount('channels', options.channels, 1, 0xffff);
  if (frames !== undefined) checkCount('frames', frames, 0, Number.MAX_SAFE_INTEGER);
  const frameBytes = options.channels * SAMPLE_BYTES[encoding];
  const isFloat = encoding === 'float32';
  const header = new Uint8Array(isFloat ? 58 : 44);
  const dataBytes = frames === undefined ? SIZE_UNKNOWN : frames * frameBytes;
  const maxBytes = SIZE_UNKNOWN - 1 - header.length;
  if (frames !== undefined && dataBytes > maxBytes) throw audioFaults.WAV_TOO_LARGE({ dataBytes, maxBytes });
  const view = new DataView(header.buffer);
  putTag(header, 0, 'RIFF');
  view.setUint32(4, Math.min(header.length - 8 + dataBytes, SIZE_UNKNOWN), true);
  putTag(header, 8, 'WAVE');
  putTag(header, 12, 'fmt ');
  view.setUint32(16, isFloat ? 18 : 16, true);
  view.setUint16(20, isFloat ? FORMAT_FLOAT : FORMAT_PCM, true);
  view.setUint16(22, options.channels, true);
  view.setUint32(24, options.sampleRateHz, true);
  view.setUint32(28, options.sampleRateHz * frameBytes, true);
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, SAMPLE_BYTES[encoding] * 8, true);
  if (isFloat) {
    // Formats other than PCM carry an extension size (here 0) and a fact chunk with the number of frames.
    putTag(header, 38, 'fact');
    view.setUint32(42, 4, true);
    view.setUint32(46, frames ?? SIZE_UNKNOWN, true);
  }
  putTag(header, header.length - 8, 'data');
  view.setUint32(header.length - 4, dataBytes, true);
  return header;
}

function encodeFloat32(channels: readonly Float32Array[], frames: number, data: DataView): void {
  for (const [channel, samples] of channels.entries()) {
    for (let frame = 0; frame < frames; frame++) {
      data.setFloat32((frame * channels.length + channel) * 4, samples[frame] ?? 0, true);
    }
  }
}

function checkCount(option: string, got: number, min: number, max: number): void {
  if (!Number.isInteger(got) || got < min || got > max) {
    throw new RangeError(`${option} must be a whole number from ${min} to ${max}; got ${got}`);
  }
}

function putTag(bytes: Uint8Array, offset: number, text: string): void {
  for (let i = 0; i < 4; i++) bytes[offset + i] = text.charCodeAt(i);
}
