import type { FlowToxic } from '../toxic.ts';
import { checkRange } from './check-range.ts';
import { chosenBytes } from './chosen-bytes.ts';

export interface CorruptOptions {
  /** The probability with which a byte is hit, 0.000001 to 1. */
  readonly share: number;
}

/**
 * Flips one bit in each byte that is hit, as memory and bad middleboxes do: TCP's checksum does not find it. The same seed
 * flips the same bits of a stream, in whatever chunks it comes. When it is ended, bytes pass unharmed.
 */
export function corrupt({ share }: CorruptOptions): FlowToxic {
  checkRange('share', share, 1e-6, 1);
  return {
    on: 'flow',
    what: `corrupt ${share} of the bytes`,
    stage: (random) => {
      const chosen = chosenBytes(share, random.fork('which byte'));
      const whichBit = random.fork('which bit');
      return {
        bytes(bytes, arrivedMs) {
          const hits = chosen(bytes.length);
          if (hits.length === 0) return { fate: 'pass', bytes, atMs: arrivedMs };
          const corrupted = Buffer.from(bytes);
          for (const at of hits) {
            corrupted[at] = (corrupted[at] as number) ^ (1 << Math.floor(8 * whichBit.next()));
          }
          return { fate: 'pass', bytes: corrupted, atMs: arrivedMs };
        },
      };
    },
  };
}
