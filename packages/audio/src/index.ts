export { CLICK_RATIO, type JoinOptions, type JoinSteps, measureJoin } from './click.ts';
export { crossfade, equalPowerGain, fadeIn, fadeOut } from './crossfade.ts';
export { audioFaults } from './faults.ts';
export {
  decodeFrame,
  encodeFrameHeader,
  FRAME_HEADER_BYTES,
  FRAME_MAGIC,
  FRAME_VERSION,
  type Frame,
  type FrameHeader,
  frameFlags,
  MAX_PAYLOAD_BYTES,
} from './frame.ts';
export { fromDbfs, peak, rms, toDbfs } from './level.ts';
export { decodePcm16, encodePcm16, PCM16_BYTES } from './pcm16.ts';
export { RingBuffer, type RingBufferOptions } from './ring-buffer.ts';
export {
  type AudioFigures,
  type AudioVerdict,
  type InvalidReason,
  type ValidationOptions,
  validateAudio,
} from './validation.ts';
export type { WavEncoding } from './wav-format.ts';
export { type ReadWavOptions, readWav, type WavAudio } from './wav-reader.ts';
export { type WavContent, type WavHeaderOptions, wavHeader, writeWav } from './wav-writer.ts';
