export interface RingBufferOptions {
  /** 1 or more. */
  readonly channels: number;
  /** Most sample frames held at once, 1 or more. */
  readonly capacityFrames: number;
}

/**
 * A queue of planar float audio with a fixed capacity.
 *
 * All memory is taken at construction; afterwards nothing allocates and nothing throws. Every move answers how
 * many sample frames it really moved: fewer than asked when the ring is full (write) or empty (read, peek, skip),
 * when the caller's arrays are shorter, or 0 when they have fewer channels than the ring. One thread: not for
 * memory shared between threads.
 */
export class RingBuffer {
  readonly capacityFrames: number;
  readonly #channels: readonly Float32Array[];
  /** Slot of the oldest frame. */
  #start = 0;
  #frames = 0;

  constructor(options: RingBufferOptions) {
    checkCount('channels', options.channels);
    checkCount('capacityFrames', options.capacityFrames);
    this.capacityFrames = options.capacityFrames;
    this.#channels = Array.from({ length: options.channels }, () => new Float32Array(options.capacityFrames));
  }

  /** Frames that can be read. */
  get availableFrames(): number {
    return this.#frames;
  }

  /** Frames that can be written. */
  get freeFrames(): number {
    return this.capacityFrames - this.#frames;
  }

  /** Appends up to `frames` frames of `source`, from `sourceFrame` on. What does not fit is not taken. */
  write(source: readonly Float32Array[], frames = source[0]?.length ?? 0, sourceFrame = 0): number {
    const count = this.#movable(source, sourceFrame, Math.min(frames, this.freeFrames));
    const slot = (this.#start + this.#frames) % this.capacityFrames;
    const beforeWrap = Math.min(count, this.capacityFrames - slot);
    for (let channel = 0; channel < this.#channels.length && count > 0; channel++) {
      const from = source[channel] as Float32Array;
      const to = this.#channels[channel] as Float32Array;
      copy(from, sourceFrame, to, slot, beforeWrap);
      copy(from, sourceFrame + beforeWrap, to, 0, count - beforeWrap);
    }
    this.#frames += count;
    return count;
  }

  /** Takes up to `frames` of the oldest frames into `target`, from `targetFrame` on. */
  read(target: readonly Float32Array[], frames = target[0]?.length ?? 0, targetFrame = 0): number {
    return this.skip(this.peek(target, frames, targetFrame));
  }

  /** Like `read`, but the frames stay in the ring. */
  peek(target: readonly Float32Array[], frames = target[0]?.length ?? 0, targetFrame = 0): number {
    const count = this.#movable(target, targetFrame, Math.min(frames, this.#frames));
    const beforeWrap = Math.min(count, this.capacityFrames - this.#start);
    for (let channel = 0; channel < this.#channels.length && count > 0; channel++) {
      const from = this.#channels[channel] as Float32Array;
      const to = target[channel] as Float32Array;
      copy(from, this.#start, to, targetFrame, beforeWrap);
      copy(from, 0, to, targetFrame + beforeWrap, count - beforeWrap);
    }
    return count;
  }

  /** Drops up to `frames` of the oldest frames. */
  skip(frames: number): number {
    const count = toCount(Math.min(frames, this.#frames));
    this.#start = (this.#start + count) % this.capacityFrames;
    this.#frames -= count;
    return count;
  }

  /** Drops everything. */
  clear(): void {
    this.#start = 0;
    this.#frames = 0;
  }

  /** How many of `wanted` frames the caller's arrays really have, from `startFrame` on. */
  #movable(channels: readonly Float32Array[], startFrame: number, wanted: number): number {
    if (channels.length < this.#channels.length || !(startFrame >= 0)) return 0;
    let count = wanted;
    for (let channel = 0; channel < this.#channels.length; channel++) {
      count = Math.min(count, (channels[channel] as Float32Array).length - startFrame);
    }
    return toCount(count);
  }
}

/** A loop, because `set(subarray())` allocates a view each time. */
function copy(
  from: Float32Array,
  fromFrame: number,
  to: Float32Array,
  toFrame: number,
  frames: number,
): void {
  for (let i = 0; i < frames; i++) to[toFrame + i] = from[fromFrame + i] as number;
}

/** Whole frames: NaN and negative counts move nothing. */
function toCount(frames: number): number {
  return frames > 0 ? Math.floor(frames) : 0;
}

function checkCount(option: string, got: number): void {
  if (!Number.isInteger(got) || got < 1) {
    throw new RangeError(`${option} must be a whole number, 1 or more; got ${got}`);
  }
}
