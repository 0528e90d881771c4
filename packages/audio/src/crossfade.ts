/**
 * Equal-power fades. The two gains of a crossfade are the cosine and the sine of one angle, so their squares add
 * up to 1: sources that are not correlated, as two pieces of music, keep their loudness throughout. (Sources that
 * are the same would swell by up to 3 dB in the middle.) Source: J. O. Smith, "Physical Audio Signal Processing",
 * and any mixing desk's constant-power pan law.
 *
 * All functions work in place, allocate nothing and never throw; frames beyond a buffer's end are left out.
 * The N frames of a fade stand evenly between the two ends: the frame before has the gain 0 or 1 of the start,
 * the frame after that of the end, so no frame of the fade repeats either.
 */

/** Gain of a source that comes in, `progress` 0 to 1 of its way. Its power and that of `1 - progress` add up to 1. */
export function equalPowerGain(progress: number): number {
  return Math.sin(Math.min(1, Math.max(0, progress)) * (Math.PI / 2));
}

/**
 * Mixes `frames` frames of `outgoing`, from `outgoingFrame` on and fading out, into those of `incoming`, from
 * `incomingFrame` on and fading in. The result stands in `incoming`.
 */
export function crossfade(
  outgoing: readonly Float32Array[],
  incoming: readonly Float32Array[],
  frames: number,
  outgoingFrame = 0,
  incomingFrame = 0,
): void {
  for (let i = 0; i < frames; i++) {
    const progress = (i + 1) / (frames + 1);
    const gainIn = equalPowerGain(progress);
    const gainOut = equalPowerGain(1 - progress);
    for (let channel = 0; channel < incoming.length; channel++) {
      const into = incoming[channel] as Float32Array;
      if (incomingFrame + i >= into.length) continue;
      const from = outgoing[channel]?.[outgoingFrame + i] ?? 0;
      into[incomingFrame + i] = from * gainOut + (into[incomingFrame + i] as number) * gainIn;
    }
  }
}

/** Fades `frames` frames in from silence, from `startFrame` on. */
export function fadeIn(channels: readonly Float32Array[], startFrame: number, frames: number): void {
  for (let i = 0; i < frames; i++)
    scaleFrame(channels, startFrame + i, equalPowerGain((i + 1) / (frames + 1)));
}

/** Fades `frames` frames out to silence, from `startFrame` on. */
export function fadeOut(channels: readonly Float32Array[], startFrame: number, frames: number): void {
  for (let i = 0; i < frames; i++)
    scaleFrame(channels, startFrame + i, equalPowerGain(1 - (i + 1) / (frames + 1)));
}

function scaleFrame(channels: readonly Float32Array[], frame: number, gain: number): void {
  for (let channel = 0; channel < channels.length; channel++) {
    const samples = channels[channel] as Float32Array;
    if (frame < samples.length) samples[frame] = (samples[frame] as number) * gain;
  }
}
