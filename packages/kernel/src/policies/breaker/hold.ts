import { FOREVER } from '../../options/index.ts';
import type { BreakerControls } from './breaker-controls.ts';
import type { BreakerReason } from './breaker-transitions.ts';
import { become, type Circuit, type Phase } from './circuit.ts';
import { CLOSED, close } from './phases.ts';

/**
 * Refuses all calls until the answered function is called. Several may isolate at once; the last release closes
 * the breaker, with nothing counted. Releasing twice is harmless.
 */
export function isolate(breaker: BreakerControls): () => void {
  return hold(breaker, { state: 'isolated', untilMs: FOREVER });
}

/**
 * Lets all calls pass until the answered function is called; counted likewise, and weaker than `isolate`. What comes
 * of the calls is still counted: `state.wouldOpen` says why it would have opened.
 */
export function forceClosed(breaker: BreakerControls): () => void {
  let wouldOpen: BreakerReason | undefined;
  return hold(breaker, {
    state: 'forced-closed',
    trip(_circuit, reason) {
      wouldOpen = reason;
    },
    view: () => ({ wouldOpen }),
  });
}

/**
 * Closes the breaker, with nothing counted; `slowly`, as it closes after its probes: by its `ramp`, where it has one.
 * Nothing while it is held by hand.
 */
export function resetBreaker(breaker: BreakerControls, slowly = false): void {
  const circuit = breaker as Circuit;
  if (!isHeld(breaker)) (slowly ? circuit.rules.ramp : close)(circuit, 'reset');
}

/** @internal By hand: only a release changes it. */
export function isHeld(breaker: BreakerControls): boolean {
  return Boolean((breaker as Circuit).holds?.size);
}

function hold(breaker: BreakerControls, phase: Phase): () => void {
  const circuit = breaker as Circuit;
  circuit.holds ??= new Set();
  circuit.timesOpened = 0;
  const { holds } = circuit;
  const heed = (reason: BreakerReason) => {
    let strongest = CLOSED;
    for (const held of holds) if (strongest.state !== 'isolated') strongest = held;
    if (strongest.state !== circuit.phase.state) become(circuit, strongest, reason);
  };
  holds.add(phase);
  heed(phase.state as BreakerReason);
  return () => {
    if (holds.delete(phase)) heed('released');
  };
}
