/**
 * What a policy lets the pipeline decide by itself. As long as a call finds room and is in time, it passes: one more
 * is active, and when it succeeds one less is, and one success is counted. A call that the gate does not let pass, and
 * every one that fails, comes to the policy's hooks.
 *
 * Numbers, and no function to call: that is what makes a policy nearly free while nothing is wrong.
 */
export class Gate {
  /** Calls that have passed and not ended. */
  active = 0;
  /** So many may be active. */
  limit = 0;
  /** Calls that have succeeded; wraps around. */
  successes = 0;
  /** The time from which on calls come to `enter`. */
  untilMs: number = Number.MAX_VALUE;
  /** When the policy has last changed its mind, as `changes.count` tells it: it knows earlier calls no more. */
  changed = 0;
}

/** More than can be active. */
export const NO_LIMIT = 2 ** 30 - 1;

/** Counts what changes how calls in flight are to be treated, of all policies of the program. */
export const changes = { count: 0 };

/** The gate of a policy that is not there. */
export const OPEN_GATE: Gate = new Gate();
OPEN_GATE.limit = NO_LIMIT;
