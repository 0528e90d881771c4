import type { Signals } from '../signals/index.ts';
import { type Clock, systemClock } from '../time/index.ts';
import { checkOption } from './check-option.ts';
import { decideLevel, firstState, type LevelReason, type Reading } from './decide-level.ts';
import { type QualityChange, qualityChanged } from './degradation-signals.ts';
import { inOrder } from './in-order.ts';
import { checkRules, type LadderRuleOptions } from './ladder-rules.ts';

export type QualityLadderOptions<Level extends string, Input extends string> = LadderRuleOptions<
  Level,
  Input
> & {
  /** Whose quality it is: the source of its signals. */
  readonly name: string;
  readonly clock?: Clock;
  /** Where `quality.changed` is told. Default: nowhere. */
  readonly signals?: Signals;
};

/** What a ladder makes of its readings. */
export interface QualityDecision<Level extends string = string> {
  readonly level: Level;
  readonly reason: LevelReason;
  /** The input that decided, and what it read. */
  readonly input: string | undefined;
  readonly value: number | undefined;
}

export interface QualityLadder<Level extends string = string, Input extends string = string> {
  readonly level: Level;
  /**
   * Takes a reading of an input and decides. One that is not a number is ignored, as if it had not come; Infinity is a
   * number. Throws a RangeError when there is no such input.
   */
  report(input: Input, value: number): QualityDecision<Level>;
  /** Decides by the readings that there are. */
  tick(): QualityDecision<Level>;
}

/**
 * Takes quality back in steps when a service does not keep up, and gives it back when it does: `decideLevel` says
 * when. The worst input decides, and however the readings jump about, the level does not. An input may also be somebody's
 * wish. Begins at the best level. Throws a RangeError or TypeError when an option is out of range.
 *
 * It decides when something is reported and on `tick`, and has no timer: where reports can cease, call `tick` now
 * and then. Every change is told as `quality.changed`, and nothing else is.
 *
 * @example
 * const ladder = qualityLadder({
 *   name: 'auralis',
 *   levels: ['normal', 'high_load', 'critical', 'overload'],
 *   inputs: { cpu: [{ down: 0.6, up: 0.5 }, { down: 0.8, up: 0.7 }, { down: 0.95, up: 0.85 }] },
 * });
 * ladder.report('cpu', 0.83).level; // critical
 */
export function qualityLadder<const Level extends string, const Input extends string>({
  name,
  clock = systemClock,
  signals,
  ...options
}: QualityLadderOptions<Level, Input>): QualityLadder<Level, Input> {
  const rules = checkRules(options);
  const levels = rules.levels as readonly Level[];
  const readings = new Map<string | undefined, Reading>();
  const tell = inOrder<QualityChange>((change) =>
    signals?.channel(qualityChanged).emit(change, { source: name }),
  );
  let state = firstState(rules);

  function tick(): QualityDecision<Level> {
    const from = levels[state.level] as Level;
    const decision = decideLevel(rules, state, readings as Map<string, Reading>, clock.monotonicMs());
    state = decision.state;
    const level = levels[state.level] as Level;
    const { reason, input } = decision;
    const why = { reason, input, value: readings.get(input)?.value };
    if (level !== from) tell([{ from, to: level, ...why }]);
    return { level, ...why };
  }

  return Object.freeze({
    get level() {
      return levels[state.level] as Level;
    },
    report(input: Input, value: number) {
      checkOption(
        Object.hasOwn(rules.inputs, input),
        'an input',
        `one of ${Object.keys(rules.inputs)}`,
        input,
      );
      if (typeof value === 'number' && !Number.isNaN(value)) {
        const atMs = clock.monotonicMs();
        // After a time in which nobody knew what it was: a dwell must not count that time.
        if (atMs - (readings.get(input)?.atMs ?? atMs) > rules.staleMs) tick();
        readings.set(input, { value, atMs });
      }
      return tick();
    },
    tick,
  });
}
