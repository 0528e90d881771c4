import type { FlowToxic } from '../toxic.ts';
import { checkRange } from './check-range.ts';

export interface SlowCloseOptions {
  /** How much later an end arrives. 0 to 600,000 ms. */
  readonly delayMs: number;
}

/** An end (FIN) arrives late; bytes and resets do not. When it is ended, ends that wait arrive at once. */
export function slowClose({ delayMs }: SlowCloseOptions): FlowToxic {
  checkRange('delayMs', delayMs, 0, 600_000);
  return {
    on: 'flow',
    what: `slow close, ${delayMs} ms late`,
    stage: () => ({
      bytes: (bytes, arrivedMs) => ({ fate: 'pass', bytes, atMs: arrivedMs }),
      close: (how, arrivedMs) => ({ fate: 'pass', atMs: how === 'end' ? arrivedMs + delayMs : arrivedMs }),
    }),
  };
}
