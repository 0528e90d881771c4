import { audioFaults } from './faults.ts';
import { decodePcm16 } from './pcm16.ts';
import {
  FORMAT_EXTENSIBLE,
  FORMAT_FLOAT,
  FORMAT_PCM,
  SAMPLE_BYTES,
  SIZE_UNKNOWN,
  type WavEncoding,
} from './wav-format.ts';

/** A piece of audio, as read from a file. */
export interface WavAudio {
  readonly sampleRateHz: number;
  /** One array a channel, all of the same length. */
  readonly channels: readonly Float32Array[];
  readonly encoding: WavEncoding;
}

export interface ReadWavOptions {
  /**
   * What to do with a file that holds less audio than it announces: `reject` (default) is the fault
   * `WAV_TRUNCATED`, `accept` answers its whole frames.
   */
  readonly truncated?: 'reject' | 'accept';
}

/**
 * Reads the bytes of a WAV file: 16-bit integers or 32-bit floats, plain or WAVE_FORMAT_EXTENSIBLE, any number of
 * channels. Chunks it does not know are skipped. A data size of 0xFFFFFFFF, as written by programs that stream
 * into a pipe, means "to the end of the file". Faults: `WAV_UNKNOWN`, `WAV_UNSUPPORTED`, `WAV_CHUNK_MISSING`,
 * `WAV_TRUNCATED`. The format is that of Microsoft's "Multimedia Programming Interface and Data Specifications 1.0".
 */
export function readWav(bytes: Uint8Array, options: ReadWavOptions = {}): WavAudio {
  if (bytes.length < 12 || tag(bytes, 0) !== 'RIFF' || tag(bytes, 8) !== 'WAVE') {
    throw audioFaults.WAV_UNKNOWN({ found: bytes.length === 0 ? 'nothing' : JSON.stringify(tag(bytes, 0)) });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: WavFormat | undefined;
  // Chunks start at even offsets: an odd one is followed by a padding byte.
  for (let offset = 12; offset + 8 <= bytes.length; ) {
    const chunk = tag(bytes, offset);
    const start = offset + 8;
    const sizeBytes = view.getUint32(offset + 4, true);
    if (chunk === 'fmt ') format = readFormat(view, start, Math.min(sizeBytes, bytes.length - start));
    if (chunk === 'data') {
      if (format === undefined)
        throw audioFaults.WAV_CHUNK_MISSING({ chunk: 'fmt ', fileBytes: bytes.length });
      return readData(view, start, sizeBytes, format, options.truncated === 'accept');
    }
    offset = start + sizeBytes + (sizeBytes % 2);
  }
  throw audioFaults.WAV_CHUNK_MISSING({
    chunk: format === undefined ? 'fmt ' : 'data',
    fileBytes: bytes.length,
  });
}

interface WavFormat {
  readonly encoding: WavEncoding;
  readonly channels: number;
  readonly sampleRateHz: number;
}

function readFormat(view: DataView, start: number, sizeBytes: number): WavFormat {
  if (sizeBytes < 16) throw audioFaults.WAV_CHUNK_MISSING({ chunk: 'fmt ', fileBytes: view.byteLength });
  const tagged = view.getUint16(start, true);
  // The extensible format names the real one in the first two bytes of its GUID.
  const format = tagged === FORMAT_EXTENSIBLE && sizeBytes >= 26 ? view.getUint16(start + 24, true) : tagged;
  const channels = view.getUint16(start + 2, true);
  const sampleRateHz = view.getUint32(start + 4, true);
  const bits = view.getUint16(start + 14, true);
  if (format !== FORMAT_PCM && format !== FORMAT_FLOAT) {
    throw audioFaults.WAV_UNSUPPORTED({ what: 'format tag', got: format, allowed: '1 (PCM) and 3 (float)' });
  }
  const bitsRead = format === FORMAT_PCM ? 16 : 32;
  if (bits !== bitsRead) {
    throw audioFaults.WAV_UNSUPPORTED({ what: 'sample size in bits', got: bits, allowed: `${bitsRead}` });
  }
  if (channels === 0)
    throw audioFaults.WAV_UNSUPPORTED({ what: 'channel count', got: 0, allowed: '1 or more' });
  if (sampleRateHz === 0) {
    throw audioFaults.WAV_UNSUPPORTED({ what: 'sample rate', got: 0, allowed: '1 Hz or more' });
  }
  return { encoding: format === FORMAT_PCM ? 'pcm16' : 'float32', channels, sampleRateHz };
}

function readData(
  view: DataView,
  start: number,
  announcedBytes: number,
  format: WavFormat,
  acceptTruncated: boolean,
): WavAudio {
  const gotBytes = view.byteLength - start;
  const frameBytes = format.channels * SAMPLE_BYTES[format.encoding];
  const frames = Math.floor(Math.min(announcedBytes, gotBytes) / frameBytes);
  if (announcedBytes > gotBytes && announcedBytes !== SIZE_UNKNOWN && !acceptTruncated) {
    throw audioFaults.WAV_TRUNCATED({ announcedBytes, gotBytes, wholeFrames: frames });
  }
  const channels = Array.from({ length: format.channels }, () => new Float32Array(frames));
  const data = new DataView(view.buffer, view.byteOffset + start, frames * frameBytes);
  if (format.encoding === 'pcm16') {
    decodePcm16(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 0, frames, channels);
  } else {
    decodeFloat32(data, frames, channels);
  }
  return { sampleRateHz: format.sampleRateHz, channels, encoding: format.encoding };
}

function decodeFloat32(data: DataView, frames: number, channels: readonly Float32Array[]): void {
  for (const [channel, samples] of channels.entries()) {
    for (let frame = 0; frame < frames; frame++) {
      samples[frame] = data.getFloat32((frame * channels.length + channel) * 4, true);
    }
  }
}

function tag(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}
