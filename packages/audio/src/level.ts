/** Largest magnitude of all samples, 0 for no samples. NaN is passed over: `validateAudio` is what finds it. */
export function peak(channels: readonly Float32Array[]): number {
  let largest = 0;
  for (const samples of channels) {
    for (let i = 0; i < samples.length; i++) {
      const magnitude = Math.abs(samples[i] as number);
      if (magnitude > largest) largest = magnitude;
    }
  }
  return largest;
}

/** Root of the mean square of all samples of all channels, 0 for no samples; NaN when one is. */
export function rms(channels: readonly Float32Array[]): number {
  let squares = 0;
  let count = 0;
  for (const samples of channels) {
    for (let i = 0; i < samples.length; i++) squares += (samples[i] as number) ** 2;
    count += samples.length;
  }
  return count === 0 ? 0 : Math.sqrt(squares / count);
}

/**
 * An amplitude as decibels of full scale: 1.0 is 0 dBFS, silence is -Infinity. Of an RMS value it is the level of
 * a square wave with that RMS, so a full-scale sine reads -3.01 dBFS (AES17 would add those 3.01 dB).
 */
export function toDbfs(amplitude: number): number {
  return 20 * Math.log10(amplitude);
}

/** The amplitude of a level in dBFS. Inverse of `toDbfs`. */
export function fromDbfs(levelDbfs: number): number {
  return 10 ** (levelDbfs / 20);
}
