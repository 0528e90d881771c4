import type { Key, Mode } from '../composition/index.ts';

/** Some seconds of calm in a key and mode, stereo, which can be heard round and round without a seam. */
export interface Loop {
  readonly key: Key;
  readonly mode: Mode;
  /** Both of the same length. */
  readonly left: Float32Array;
  readonly right: Float32Array;
}

/** Whether it is in that key and mode. */
export function isIn(loop: Pick<Loop, 'key' | 'mode'>, { key, mode }: Pick<Loop, 'key' | 'mode'>): boolean {
  return loop.key === key && loop.mode === mode;
}
