import { constants } from 'node:os';
import { kernelFaults } from '../faults/index.ts';
import { checkOption } from '../options/index.ts';
import { type Clock, systemClock } from '../time/index.ts';

export interface ShutdownOptions {
  /** Default SIGINT (Ctrl-C) and SIGTERM. */
  readonly signals?: readonly NodeJS.Signals[];
  /**
   * A further signal within this time after the first is taken for the same: `npm start` passes a Ctrl-C on that the
   * terminal has sent already. Default 500.
   */
  readonly repeatMs?: number;
  readonly clock?: Clock;
}

export interface ShutdownSignal {
  /** Aborts, with a CANCELLED fault, when the process is asked to stop. */
  readonly signal: AbortSignal;
  /** Resolves then, with the name of the signal. */
  readonly requested: Promise<NodeJS.Signals>;
  /** Gives the signals back to Node. */
  dispose(): void;
}

/**
 * Turns the wish that this process stop into an AbortSignal and a promise. The first signal asks for an orderly stop; a second
 * one (the second Ctrl-C of someone who has waited) exits at once, with 128 + its number: 130 for SIGINT. Throws an error
 * when `repeatMs` is out of range.
 */
export function untilShutdownSignal(options: ShutdownOptions = {}): ShutdownSignal {
  const { signals = ['SIGINT', 'SIGTERM'], repeatMs = 500, clock = systemClock } = options;
  checkOption('repeatMs of untilShutdownSignal', repeatMs, { least: 0 });
  const abort = new AbortController();
  const requested = Promise.withResolvers<NodeJS.Signals>();
  let firstMs: number | undefined;
  const onSignal = (name: NodeJS.Signals) => {
    const nowMs = clock.monotonicMs();
    if (firstMs === undefined) {
      firstMs = nowMs;
      abort.abort(kernelFaults.CANCELLED({ error: `the process got ${name}`, errorName: 'AbortError' }));
      requested.resolve(name);
    } else if (nowMs - firstMs >= repeatMs) {
      process.exit(128 + constants.signals[name]);
    }
  };
  for (const name of signals) process.on(name, onSignal);
  return {
    signal: abort.signal,
    requested: requested.promise,
    dispose() {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}
