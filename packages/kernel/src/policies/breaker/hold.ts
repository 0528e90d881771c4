import type { BreakerReason } from './breaker-state.ts';
import { CLOSED, type Phase, type Phased } from './phase.ts';

/** @internal Holds a circuit by hand. Answers how to release it. */
export function hold(circuit: Phased, which: 'isolations' | 'forcings'): () => void {
  const change = (by: number) => {
    circuit[which] += by;
    const { isolations, forcings, phase } = circuit;
    const to = isolations > 0 ? ISOLATED : forcings > 0 ? forcedClosed() : CLOSED;
    if (to.state !== phase.state) circuit.become(to, by > 0 ? (to.state as BreakerReason) : 'released');
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
  untilMs: Number.POSITIVE_INFINITY,
  view: (_nowMs, { isolations }) => ({ holds: isolations }),
};

function forcedClosed(): Phase {
  let wouldOpen: BreakerReason | undefined;
  return {
    state: 'forced-closed',
    passes: true,
    trip: (_circuit, reason) => {
      wouldOpen = reason;
    },
    view: (nowMs, circuit) => ({ holds: circuit.forcings, counted: circuit.counted(nowMs), wouldOpen }),
  };
}
