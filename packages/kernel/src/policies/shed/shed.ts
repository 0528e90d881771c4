import { checkOptions, FOREVER, FUNCTION, POSITIVE } from '../../options/index.ts';
import { Gate, NO_LIMIT, type Policy } from '../pipeline/index.ts';
import { sharedPolicy } from '../shared-policy.ts';
import { shedFaults } from './shed-faults.ts';

export interface ShedOptions<Level extends string> {
  /** What is overloaded, in signals and faults. */
  readonly name: string;
  /**
   * How late everything is, in milliseconds: `eventLoopDelay()` of `@sustain/kernel/node`, the wait in a queue … Asked
   * once in `sampleMs` while calls come. Should answer the maximum of late: one long pause is heard by everybody, and no
   * mean shows it. When it throws, the call fails of that.
   */
  readonly delay: () => number;
  /** What level that makes: a `qualityLadder` with an input `delay`, on the clock of the pipelines. */
  readonly ladder: { report(input: 'delay', value: number): Level };
  /** Who is refused at a level: calls of a lesser priority than this. At those that are not here, nobody is. */
  readonly belowPriority: Readonly<Partial<Record<Level, number>>>;
  /** Above 0. Default 100. */
  readonly sampleMs?: number;
}

/** A policy with a state, shared by all pipelines that it is used in. */
export interface Shed extends Policy<never, unknown> {
  readonly kind: 'shed';
  readonly name: string;
}

/**
 * Refuses the less important calls while everything is late, so that the others stay in time: new sessions before
 * running ones. Goes by the `priority` of the run, 0 when it has none, and by the levels of a quality ladder, which does
 * not flap. The fault is SHED, which is retryable. Throws a RangeError or TypeError when an option is out of range.
 *
 * There is no timer, and a call passes by a gate while nobody is refused. Belongs outermost, but for a fallback: what is
 * refused should have cost nothing before.
 *
 * @example
 * const inputs = { delay: [{ down: 50, up: 25 }, { down: 200, up: 100 }] };
 * const ladder = qualityLadder({ name: 'gateway', levels: ['all', 'running', 'speaking'], inputs, upDwellMs: 1000 });
 * shed({ name: 'gateway', delay: eventLoopDelay(), ladder, belowPriority: { running: 1, speaking: 10 } });
 */
export function shed<Level extends string>(options: ShedOptions<Level>): Shed {
  const { name, delay, ladder, belowPriority, sampleMs = 100 } = options;
  const of = `shed ${name}`;
  checkOptions(of, {
    delay: [delay ?? null, FUNCTION],
    'ladder.report': [ladder.report ?? null, FUNCTION],
    sampleMs: [sampleMs, POSITIVE],
  });
  for (const level in belowPriority) {
    checkOptions(of, { [level]: [belowPriority[level], { least: -FOREVER }] });
  }
  const gate = new Gate();
  let nextSampleMs = 0;
  let delayMs = 0;
  let below: number | undefined;
  gate.limit = NO_LIMIT;
  gate.untilMs = nextSampleMs;

  return Object.freeze(
    sharedPolicy('shed', name, shedFaults.SHED, (_environment, refusalOf) => ({
      gate,
      timed: true,
      enter(call, nowMs) {
        if (nowMs >= nextSampleMs) {
          delayMs = delay();
          below = belowPriority[ladder.report('delay', delayMs)];
          nextSampleMs = nowMs + sampleMs;
          // Who passes is not counted: the gate is open until the next sample, or closed.
          gate.active = 0;
          gate.untilMs = below === undefined ? nextSampleMs : 0;
        }
        const { priority = 0 } = call.options;
        if (priority < (below as number)) call.refuse(refusalOf(call, { shed: name, priority, delayMs }));
        return undefined;
      },
    })),
  );
}
