import type { FlowToxic } from '../toxic.ts';
import { checkWhole } from './check-range.ts';

export interface TruncateOptions {
  /** How many bytes pass in one direction, since it was added. 0 or more. */
  readonly afterBytes: number;
}

/**
 * So many bytes pass, then comes a regular end (FIN): a reply that stops short. What the sender sends after that is lost;
 * the other direction goes on. A stream that has ended stays ended when this is; others flow whole again.
 */
export function truncate({ afterBytes }: TruncateOptions): FlowToxic {
  checkWhole('afterBytes', afterBytes, 0);
  return {
    on: 'flow',
    what: `truncate after ${afterBytes} bytes`,
    stage: () => {
      let leftBytes = afterBytes;
      return {
        bytes(bytes, arrivedMs) {
          if (bytes.length >= leftBytes) return { fate: 'end', bytes: bytes.subarray(0, leftBytes) };
          leftBytes -= bytes.length;
          return { fate: 'pass', bytes, atMs: arrivedMs };
        },
      };
    },
  };
}
