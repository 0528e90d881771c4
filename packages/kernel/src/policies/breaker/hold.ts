import { FOREVER } from '../../options/index.ts';
import type { BreakerControls } from './breaker-controls.ts';
import type { BreakerReason } from './breaker-state.ts';
import type { Circuit, Phase } from './circuit.ts';
import { become } from './judge-calls.ts';
import { CLOSED } from './phases.ts';

/**
 * Refuses all calls until the answered function is called. Several may isolate at once; the last release closes
 * the breaker, with nothing counted. Releasing twice is harmless.
 */
export function isolate(breaker: BreakerControls): () => void {
  return hold(breaker, 'isolations');
}

/**
 * Lets all calls pass until the answered function is called; counted likewise, and weaker than `isolate`. What comes
 * of the calls is still counted: `state.wouldOpen` says why it would have opened.
 */
export function forceClosed(breaker: BreakerControls): () => void {
  return hold(breaker, 'forcings');
}

function hold(breaker: BreakerControls, which: 'isolations' | 'forcings'): () => void {
  const circuit = breaker as unknown as Circuit;
  circuit.holds ??= { isolations: 0, forcings: 0 };
  const { holds } = circuit;
  const change = (by: number) => {
    holds[which] += by;
    const to = holds.isolations > 0 ? ISOLATED : holds.forcings > 0 ? forced() : CLOSED;
    if (to.state !== circuit.phase.state) {
      become(circuit, to, by > 0 ? (to.state as BreakerReason) : 'released');
    }
  };
  change(1);
  let held = 1;
  return () => {
    if (held > 0) change(-1);
    held = 0;
  };
}

const ISOLATED: Phase = {
  state: 'isolated',
  isHeld: true,
  untilMs: FOREVER,
  admits: () => false,
};

function forced(): Phase {
  let wouldOpen: BreakerReason | undefined;
  return {
    state: 'forced-closed',
    isHeld: true,
    trip: (_circuit, reason) => {
      wouldOpen = reason;
    },
    view: () => ({ wouldOpen }),
  };
}
