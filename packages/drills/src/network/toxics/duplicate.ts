import type { FlowToxic } from '../toxic.ts';
import { checkRange } from './check-range.ts';
import { chosenBytes } from './chosen-bytes.ts';

export interface DuplicateOptions {
  /** The probability with which a byte is hit, 0.000001 to 1. */
  readonly share: number;
}

/**
 * Each byte that is hit comes twice, so that every frame after it begins a byte later than its reader thinks. The same
 * seed hits the same bytes of a stream, in whatever chunks it comes. When it is ended, bytes come once.
 */
export function duplicate({ share }: DuplicateOptions): FlowToxic {
  checkRange('share', share, 1e-6, 1);
  return {
    on: 'flow',
    what: `duplicate ${share} of the bytes`,
    stage: (random) => {
      const chosen = chosenBytes(share, random);
      return {
        bytes(bytes, arrivedMs) {
          const hits = chosen(bytes.length);
          if (hits.length === 0) return { fate: 'pass', bytes, atMs: arrivedMs };
          const ends = [...hits.map((at) => at + 1), bytes.length];
          const parts = ends.map((end, part) => bytes.subarray(part === 0 ? 0 : hits[part - 1], end));
          return { fate: 'pass', bytes: Buffer.concat(parts), atMs: arrivedMs };
        },
      };
    },
  };
}
