import type { FlowToxic, Stage } from '../toxic.ts';
import { checkWhole } from './check-range.ts';

export type ResetOptions =
  /** Once so many bytes have passed in one direction since it was added. 1 or more. */
  | { readonly afterBytes: number }
  /** In the middle of the next chunk that comes: half of it passes. */
  | { readonly midMessage: true };

/**
 * RST to both sides; without options at once, also of new connections (`connections: 'open'` spares them). As with every
 * RST, bytes just before it that the receiver's system has no room for are lost: one that reads has room for 64 KiB. What
 * is reset stays so; when it is ended, others are left alone.
 */
export function reset(options?: ResetOptions): FlowToxic {
  if (options === undefined) return { on: 'flow', what: 'reset', resetsAtOnce: true, stage: () => none };
  if ('midMessage' in options) return { on: 'flow', what: 'reset mid-message', stage: () => midMessage };
  const { afterBytes } = options;
  checkWhole('afterBytes', afterBytes, 1);
  return { on: 'flow', what: `reset after ${afterBytes} bytes`, stage: () => after(afterBytes) };
}

const none: Stage = { bytes: () => ({ fate: 'lose' }) };

const midMessage: Stage = {
  bytes: (bytes) => ({ fate: 'reset', bytes: bytes.subarray(0, bytes.length >> 1) }),
};

function after(afterBytes: number): Stage {
  let leftBytes = afterBytes;
  return {
    bytes(bytes, arrivedMs) {
      if (bytes.length >= leftBytes) return { fate: 'reset', bytes: bytes.subarray(0, leftBytes) };
      leftBytes -= bytes.length;
      return { fate: 'pass', bytes, atMs: arrivedMs };
    },
  };
}
