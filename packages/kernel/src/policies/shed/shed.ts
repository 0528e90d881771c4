import { COUNT, checkFunctions, checkOptions, FOREVER, POSITIVE } from '../../options/index.ts';
import { defineSignal } from '../../signals/index.ts';
import { Gate, NO_LIMIT, type Policy } from '../pipeline/index.ts';
import { sharedPolicy } from '../shared-policy.ts';
import { type Shed as ShedContext, shedFaults } from './shed-faults.ts';

/** Other calls are shed from now on. */
export const shedChanged = defineSignal<{
  readonly shed: string;
  /** How many of the levels are reached: 0 when nothing is shed. */
  readonly level: number;
  readonly from: number;
  readonly delayMs: number;
}>('shed.changed');

/** A call was shed. */
export const shedRefused = defineSignal<ShedContext>('shed.refused');

export interface ShedLevel {
  /** Reached when the delay is above this. Above 0. */
  readonly aboveMs: number;
  /** Calls of a lesser priority than this are refused. */
  readonly belowPriority: number;
}

export interface ShedOptions {
  /** What is overloaded, in signals and faults. */
  readonly name: string;
  /**
   * How late everything is, in milliseconds: `eventLoopDelay()` of `@sustain/kernel/node`, the wait in a queue … Asked
   * once in `sampleMs` while calls come. Should answer the maximum of late: one long pause is heard by everybody, and no
   * mean shows it. When it throws, the call fails of that.
   */
  readonly delay: () => number;
  /** At least one, in rising order of both numbers. */
  readonly levels: readonly ShedLevel[];
  /** Above 0. Default 100. */
  readonly sampleMs?: number;
  /**
   * A level is left when the delay was below half of its `aboveMs` for so long; then one level at a time. 0 or more. Default
   * 1000.
   */
  readonly holdMs?: number;
}

/** A policy with a state, shared by all pipelines that it is used in. */
export interface Shed extends Policy<never, unknown> {
  readonly kind: 'shed';
  readonly name: string;
  /** A snapshot: how many levels are reached, and the last reading of the delay. */
  readonly state: { readonly level: number; readonly delayMs: number };
}

/**
 * Refuses the less important calls while everything is late, so that the others stay in time: new sessions before
 * running ones. Goes by the `priority` of the run, 0 when it has none. The fault is SHED, which is retryable and says when
 * at the earliest. Throws a RangeError or TypeError when an option is out of range.
 *
 * Levels are reached at once and left slowly, so that it does not flap. There is no timer, and a call that is not shed
 * passes by a gate. Belongs outermost, but for a fallback: what is refused should have cost nothing before.
 */
export function shed({ name, delay, levels, sampleMs = 100, holdMs = 1000 }: ShedOptions): Shed {
  const of = `shed ${name}`;
  checkFunctions('shed', { delay: delay ?? null });
  checkOptions(of, {
    sampleMs: [sampleMs, POSITIVE],
    holdMs: [holdMs, { least: 0 }],
    levels: [levels.length, COUNT],
  });
  let before: ShedLevel = { aboveMs: 0, belowPriority: -FOREVER };
  for (const next of levels) {
    checkOptions(of, {
      aboveMs: [next.aboveMs, { least: before.aboveMs, above: true }],
      belowPriority: [next.belowPriority, { least: before.belowPriority, above: true }],
    });
    before = next;
  }
  const gate = new Gate();
  let level = 0;
  let delayMs = 0;
  /** When the level was reached, or last found that it cannot be left. */
  let confirmedMs = 0;
  gate.limit = NO_LIMIT;
  gate.untilMs = -FOREVER;
  const leave = (): undefined => {
    gate.active--;
  };

  return Object.freeze({
    ...sharedPolicy('shed', name, shedFaults.SHED, shedRefused, ({ signals }, refusalOf) => ({
      gate,
      timed: true,
      enter(call, nowMs) {
        if (nowMs >= gate.untilMs) {
          delayMs = delay();
          gate.untilMs = nowMs + sampleMs;
          const from = level;
          // Up to the highest level that it reaches, or down by one. What is no number leads nowhere.
          const reached = levels.filter(({ aboveMs }, i) =>
            i < from ? !(delayMs < aboveMs / 2) : delayMs > aboveMs,
          );
          const next = Math.max(reached.length, from - 1);
          if (next >= level || nowMs - confirmedMs >= holdMs) {
            level = next;
            confirmedMs = nowMs;
          }
          gate.limit = level ? 0 : NO_LIMIT;
          if (level !== from) {
            signals.channel(shedChanged).emit({ shed: name, from, level, delayMs }, { source: name });
          }
        }
        const { priority = 0 } = call.options;
        if (priority < (levels[level - 1]?.belowPriority as number)) {
          const retryAfterMs = Math.max(confirmedMs + holdMs, gate.untilMs) - nowMs;
          call.refuse(refusalOf(call, { shed: name, priority, delayMs, retryAfterMs }));
        } else gate.active++;
        return undefined;
      },
      succeeded: leave,
      failed: leave,
      cancelled: leave,
    })),
    get state() {
      return { level, delayMs };
    },
  });
}
