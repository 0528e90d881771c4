/** The mean of the channel where it is farthest from 0, with its sign; 0 for no samples. Music has none: below 0.0001. */
export function dcOffset(channels: readonly Float32Array[]): number {
  let farthest = 0;
  for (const samples of channels) {
    let sum = 0;
    for (let i = 0; i < samples.length; i++) sum += samples[i] as number;
    const mean = samples.length === 0 ? 0 : sum / samples.length;
    if (Math.abs(mean) > Math.abs(farthest)) farthest = mean;
  }
  return farthest;
}
