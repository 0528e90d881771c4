import { seededRandom } from '@sustain/kernel';

export const SAMPLE_RATE_HZ = 44_100;

/** A test tone of 440 Hz. */
export function tone(seconds: number, hz = 440): Float32Array {
  return samples(seconds, (frame) => 0.2 * Math.sin((2 * Math.PI * hz * frame) / SAMPLE_RATE_HZ));
}

/** White noise, the same every time. */
export function noise(seconds: number): Float32Array {
  const random = seededRandom('noise');
  return samples(seconds, () => 0.4 * (random.next() - 0.5));
}

/**
 * Struck strings, one every `everySeconds`, that die away, by default within half a second, and are damped by the next;
 * `hzOf` is how each is tuned.
 */
export function strings(
  seconds: number,
  everySeconds: number,
  hzOf: (index: number) => number = () => 330,
  dampingPerSecond = 8,
): Float32Array {
  return samples(seconds, (frame) => {
    const second = frame / SAMPLE_RATE_HZ;
    const index = Math.floor(second / everySeconds);
    const age = second - index * everySeconds;
    const attack = Math.min(1, age / 0.005, (everySeconds - age) / 0.02);
    return 0.3 * attack * Math.exp(-age * dampingPerSecond) * Math.sin(2 * Math.PI * hzOf(index) * age);
  });
}

/** The beginning again and again. */
export function loop(audio: Float32Array, loopSeconds: number): Float32Array {
  const loopFrames = Math.round(loopSeconds * SAMPLE_RATE_HZ);
  return audio.map((_, frame) => audio[frame % loopFrames] as number);
}

function samples(seconds: number, at: (frame: number) => number): Float32Array {
  return new Float32Array(Math.round(seconds * SAMPLE_RATE_HZ)).map((_, frame) => at(frame));
}

/** Both at once. */
export function mixed(one: Float32Array, other: Float32Array): Float32Array {
  return one.map((sample, frame) => sample + (other[frame] ?? 0));
}

export function louder(audio: Float32Array, gain: number): Float32Array {
  return audio.map((sample) => sample * gain);
}
