/** What audio must be. */
export interface ValidationOptions {
  /** Sample frames that every channel must have. */
  readonly expectedFrames: number;
  /** Default 2. */
  readonly expectedChannels?: number;
  /** Largest magnitude allowed. Default 2.0: above it audio is broken, not loud. */
  readonly maxPeak?: number;
  /**
   * Largest mean of a channel allowed. Default 0.05. Of short blocks the mean holds a part of a bass wave's period
   * (amplitude / (π × periods)), so judge half a second or more, or allow more.
   */
  readonly maxDcOffset?: number;
  /**
   * Most samples in a row at or above full scale, which 16-bit output cuts flat. Default 64: 1.5 ms at 44.1 kHz,
   * heard as a crackle; shorter overshoots are not.
   */
  readonly maxClippedRunFrames?: number;
}

/** What was measured. */
export interface AudioFigures {
  /** Largest magnitude. */
  readonly peak: number;
  /** Root of the mean square over all channels. */
  readonly rms: number;
  /** The mean of the channel where it is farthest from 0. */
  readonly dc: number;
  /** Samples at or above full scale, of the channel that has most. */
  readonly clippedFrames: number;
}

/** Why audio is refused. */
export type InvalidReason = 'shape' | 'not-finite' | 'too-loud' | 'dc' | 'clipping';

/** The verdict. `message` says what was expected and what was got. */
export type AudioVerdict =
  | ({ readonly ok: true } & AudioFigures)
  | { readonly ok: false; readonly reason: 'shape' | 'not-finite'; readonly message: string }
  | ({
      readonly ok: false;
      readonly reason: 'too-loud' | 'dc' | 'clipping';
      readonly message: string;
    } & AudioFigures);

/**
 * Decides whether audio is fit to be heard: its shape, then NaN and infinity, peak, DC offset and clipping, in this
 * order; the first that is wrong is the reason. Reads every sample once and allocates only the verdict. Silence is
 * fit; no frames are, when no frames are expected.
 */
export function validateAudio(channels: readonly Float32Array[], options: ValidationOptions): AudioVerdict {
  const {
    expectedFrames,
    expectedChannels = 2,
    maxPeak = 2,
    maxDcOffset = 0.05,
    maxClippedRunFrames = 64,
  } = options;
  if (!hasShape(channels, expectedChannels, expectedFrames)) {
    const got = channels.map((samples) => samples.length).join(' and ') || 'none';
    const message = `expected ${expectedChannels} channels of ${expectedFrames} frames, got ${channels.length}: ${got}`;
    return { ok: false, reason: 'shape', message };
  }

  let peak = 0;
  let squares = 0;
  let dc = 0;
  let clippedFrames = 0;
  let longestRun = 0;
  for (let channel = 0; channel < channels.length; channel++) {
    const samples = channels[channel] as Float32Array;
    let sum = 0;
    let clipped = 0;
    let run = 0;
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i] as number;
      const magnitude = Math.abs(sample);
      if (magnitude > peak) peak = magnitude;
      sum += sample;
      squares += sample * sample;
      if (magnitude >= 1) {
        clipped++;
        run++;
        if (run > longestRun) longestRun = run;
      } else {
        run = 0;
      }
    }
    const mean = samples.length === 0 ? 0 : sum / samples.length;
    if (Math.abs(mean) > Math.abs(dc)) dc = mean;
    if (clipped > clippedFrames) clippedFrames = clipped;
  }

  // A float32 squared fits a double 200 times over: only a sample that is not finite makes this so.
  if (!Number.isFinite(squares))
    return { ok: false, reason: 'not-finite', message: firstNotFinite(channels) };
  const rms = expectedFrames === 0 ? 0 : Math.sqrt(squares / (expectedFrames * expectedChannels));
  const figures: AudioFigures = { peak, rms, dc, clippedFrames };
  if (peak > maxPeak) {
    const message = `peak ${peak.toFixed(3)} is above ${maxPeak}`;
    return { ok: false, reason: 'too-loud', message, ...figures };
  }
  if (Math.abs(dc) > maxDcOffset) {
    const message = `DC offset ${dc.toFixed(4)} is outside ±${maxDcOffset}`;
    return { ok: false, reason: 'dc', message, ...figures };
  }
  if (longestRun > maxClippedRunFrames) {
    const message = `${longestRun} samples in a row at or above full scale, allowed are ${maxClippedRunFrames}; ${clippedFrames} clip in all`;
    return { ok: false, reason: 'clipping', message, ...figures };
  }
  return { ok: true, ...figures };
}

function hasShape(
  channels: readonly Float32Array[],
  expectedChannels: number,
  expectedFrames: number,
): boolean {
  if (channels.length !== expectedChannels) return false;
  for (let channel = 0; channel < channels.length; channel++) {
    if ((channels[channel] as Float32Array).length !== expectedFrames) return false;
  }
  return true;
}

function firstNotFinite(channels: readonly Float32Array[]): string {
  for (const [channel, samples] of channels.entries()) {
    const frame = samples.findIndex((sample) => !Number.isFinite(sample));
    if (frame !== -1)
      return `sample ${frame} of channel ${channel} is ${samples[frame]}, expected a finite number`;
  }
  return 'a sample is not a finite number';
}
