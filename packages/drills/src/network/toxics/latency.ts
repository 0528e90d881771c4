import type { FlowToxic } from '../toxic.ts';
import { checkRange } from './check-range.ts';

export interface LatencyOptions {
  /** Of everything, in one direction; a round trip has it twice. 0 to 600,000 ms. */
  readonly delayMs: number;
  /** How far it strays from that to both sides, evenly. 0 to `delayMs`. Default 0. Nothing overtakes: TCP keeps the order. */
  readonly jitterMs?: number;
  /** How much may be under way in one direction of a connection; more has to wait. 1 byte to 64 MiB. Default 1 MiB. */
  readonly windowBytes?: number;
}

const MIB = 2 ** 20;

/** Everything arrives later, ends and resets too. When it is ended, what was under way arrives at once. */
export function latency({ delayMs, jitterMs = 0, windowBytes = MIB }: LatencyOptions): FlowToxic {
  checkRange('delayMs', delayMs, 0, 600_000);
  checkRange('jitterMs', jitterMs, 0, delayMs);
  checkRange('windowBytes', windowBytes, 1, 64 * MIB);
  return {
    on: 'flow',
    what: `latency of ${delayMs} ms${jitterMs > 0 ? ` ± ${jitterMs} ms` : ''}`,
    stage: (random) => {
      const after = (arrivedMs: number) => arrivedMs + delayMs + (2 * random.next() - 1) * jitterMs;
      return {
        windowBytes,
        bytes: (bytes, arrivedMs) => ({ fate: 'pass', bytes, atMs: after(arrivedMs) }),
        close: (_how, arrivedMs) => ({ fate: 'pass', atMs: after(arrivedMs) }),
      };
    },
  };
}
