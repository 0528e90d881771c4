import type { FlowToxic } from '../toxic.ts';
import { checkRange } from './check-range.ts';

export interface BandwidthOptions {
  /** Of each direction of each connection. 1 to 10,000,000,000. */
  readonly bytesPerSecond: number;
}

/** Bytes trickle in pieces of this much time, so that a slow line is slow for the first byte of a message too. */
const PIECE_S = 0.02;
/** So that the next chunk is there when one is through: timers are late, and the line would stand idle. */
const WINDOW_BYTES = 65_536;

/** A thin line. When it is ended, what waits in it arrives at once. */
export function bandwidth({ bytesPerSecond }: BandwidthOptions): FlowToxic {
  checkRange('bytesPerSecond', bytesPerSecond, 1, 1e10);
  const pieceBytes = Math.max(1, Math.floor(bytesPerSecond * PIECE_S));
  return {
    on: 'flow',
    what: `bandwidth of ${bytesPerSecond} bytes/s`,
    stage: () => {
      let freeAtMs = Number.NEGATIVE_INFINITY;
      return {
        windowBytes: WINDOW_BYTES,
        bytes(bytes, arrivedMs) {
          const piece = bytes.subarray(0, pieceBytes);
          freeAtMs = Math.max(freeAtMs, arrivedMs) + (piece.length / bytesPerSecond) * 1000;
          const passed = { fate: 'pass', bytes: piece, atMs: freeAtMs } as const;
          return piece.length < bytes.length ? { ...passed, rest: bytes.subarray(piece.length) } : passed;
        },
      };
    },
  };
}
