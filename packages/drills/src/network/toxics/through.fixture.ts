import { type Random, seededRandom } from '@sustain/kernel';
import type { CloseFate, Fate, FlowToxic, Toxic } from '../index.ts';

/** What a toxic decides about chunks that arrive at these times, one after the other; of a `rest`, again. */
export function through(
  toxic: Toxic,
  chunks: readonly (readonly [text: string, arrivedMs: number])[],
  seed = 1,
) {
  return fatesOf(
    toxic,
    chunks.map(([text, arrivedMs]) => [Buffer.from(text), arrivedMs] as const),
    seededRandom(seed),
  ).map((fate) => ('bytes' in fate ? { ...fate, bytes: `${fate.bytes}`, rest: undefined } : fate));
}

export function fatesOf(
  toxic: Toxic,
  chunks: readonly (readonly [bytes: Buffer, arrivedMs: number])[],
  random: Random,
): Fate[] {
  const stage = flow(toxic).stage(random);
  return chunks.flatMap(([bytes, arrivedMs]) => {
    const fates: Fate[] = [];
    for (let left: Buffer | undefined = bytes; left !== undefined; ) {
      const fate: Fate = stage.bytes(left, arrivedMs);
      fates.push(fate);
      left = fate.fate === 'pass' ? fate.rest : undefined;
    }
    return fates;
  });
}

/** What it decides about an end or a reset that arrives at 100 ms. Without an opinion, it passes. */
export function closing(toxic: Toxic, how: 'end' | 'reset'): CloseFate {
  return flow(toxic).stage(seededRandom(1)).close?.(how, 100) ?? { fate: 'pass', atMs: 100 };
}

/** All bytes that pass. */
export function passedBytes(fates: readonly Fate[]): Buffer {
  return Buffer.concat(fates.flatMap((fate) => ('bytes' in fate ? [fate.bytes] : [])));
}

/** Cuts bytes into chunks of these sizes, again and again. */
export function cut(bytes: Buffer, sizes: readonly number[]): (readonly [Buffer, number])[] {
  const chunks: (readonly [Buffer, number])[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] as number;
    chunks.push([bytes.subarray(at, at + size), 0]);
    at += size;
  }
  return chunks;
}

function flow(toxic: Toxic): FlowToxic {
  if (toxic.on !== 'flow') throw new TypeError(`${toxic.what} is not about what flows`);
  return toxic;
}
