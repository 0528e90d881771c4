import { closeSync, fstatSync, openSync, readSync, statSync, truncateSync, writeSync } from 'node:fs';
import type { Random } from '@sustain/kernel';

export interface CorruptFileOptions {
  /** How many are changed. At least 1. Default 1. */
  readonly bytes?: number;
  readonly random: Random;
}

/**
 * Changes bytes of a file, as a disk does that forgets: each to another value, at places of their own. Answers the
 * places, in order. It is over at once, and what recovers must mend it. Throws a RangeError when the file is too short.
 */
export function corruptFile(path: string, { bytes = 1, random }: CorruptFileOptions): readonly number[] {
  const file = openSync(path, 'r+');
  try {
    const { size } = fstatSync(file);
    if (!(Number.isInteger(bytes) && bytes >= 1 && bytes <= size)) {
      throw new RangeError(`bytes must be 1 to ${size}, the size of ${path}; got ${bytes}`);
    }
    const places = new Set<number>();
    while (places.size < bytes) places.add(Math.floor(random.next() * size));
    const one = new Uint8Array(1);
    const inOrder = [...places].sort((a, b) => a - b);
    for (const place of inOrder) {
      readSync(file, one, 0, 1, place);
      one[0] = (one[0] as number) ^ (1 + Math.floor(random.next() * 255));
      writeSync(file, one, 0, 1, place);
    }
    return inOrder;
  } finally {
    closeSync(file);
  }
}

/**
 * Cuts the end of a file off, as a crash does in the midst of a write. Answers how many bytes it had. Throws a RangeError
 * unless that were at least `toBytes`.
 */
export function truncateFile(path: string, toBytes: number): number {
  const { size } = statSync(path);
  if (!(Number.isInteger(toBytes) && toBytes >= 0 && toBytes <= size)) {
    throw new RangeError(`toBytes must be 0 to ${size}, the size of ${path}; got ${toBytes}`);
  }
  truncateSync(path, toBytes);
  return size;
}
