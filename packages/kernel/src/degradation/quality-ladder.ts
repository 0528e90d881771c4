import type { Signals } from '../signals/index.ts';
import { type Clock, systemClock } from '../time/index.ts';
import { checkOption } from './check-option.ts';
import { decideLevel, firstState, type LadderState, type LevelReason, type Reading } from './decide-level.ts';
import { type QualityChange, qualityChanged } from './degradation-signals.ts';
import { inOrder } from './in-order.ts';
import { checkRules, type LadderRuleOptions, type LadderRules } from './ladder-rules.ts';

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
  /** Why somebody holds it, where somebody does. */
  readonly because: string | undefined;
}

/**
 * Takes quality back in steps when a service does not keep up, and gives it back when it does: `decideLevel` says
 * when. The worst input decides, and however the readings jump about, the level does not.
 *
 * It decides when something is reported and on `tick`, and has no timer: where reports can cease, call `tick` now
 * and then. Every change is told as `quality.changed`, and nothing else is.
 *
 * @example
 * const ladder = new QualityLadder({
 *   name: 'auralis',
 *   levels: ['normal', 'high_load', 'critical', 'overload'],
 *   inputs: { cpu: [{ down: 0.6, up: 0.5 }, { down: 0.8, up: 0.7 }, { down: 0.95, up: 0.85 }] },
 * });
 * ladder.report('cpu', 0.83).level; // critical
 */
export class QualityLadder<const Level extends string, const Input extends string> {
  readonly #rules: LadderRules;
  readonly #clock: Clock;
  readonly #tell: (changes: readonly QualityChange[]) => void;
  readonly #readings = new Map<string, Reading>();
  #hold: { readonly level: Level; readonly because: string } | undefined;
  #state: LadderState;

  /** Begins at the best level. Throws a RangeError when an option is out of range. */
  constructor(options: QualityLadderOptions<Level, Input>) {
    const { name, clock = systemClock, signals, ...rules } = options;
    this.#rules = checkRules(rules);
    this.#clock = clock;
    this.#state = firstState(this.#rules);
    const channel = signals?.channel(qualityChanged);
    this.#tell = inOrder((change) => channel?.emit(change, { source: name }));
  }

  get level(): Level {
    return this.#rules.levels[this.#state.level] as Level;
  }

  /**
   * Takes a reading of an input and decides. One that is not a number is ignored, for the reason `not-a-number`;
   * Infinity is a number. Throws a RangeError when there is no such input.
   */
  report(input: Input, value: number): QualityDecision<Level> {
    const { inputs, staleMs } = this.#rules;
    checkOption(Object.hasOwn(inputs, input), 'an input', `one of ${Object.keys(inputs)}`, input);
    if (typeof value !== 'number' || Number.isNaN(value)) {
      return { level: this.level, reason: 'not-a-number', input, value, because: undefined };
    }
    const atMs = this.#clock.monotonicMs();
    const before = this.#readings.get(input);
    // Nobody knows what it was meanwhile: a dwell must not count that time.
    if (before && atMs - before.atMs > staleMs) this.tick();
    this.#readings.set(input, { value, atMs });
    return this.tick();
  }

  /** Decides by the readings that there are. */
  tick(): QualityDecision<Level> {
    const from = this.level;
    const hold = this.#hold;
    const held = hold && this.#rules.levels.indexOf(hold.level);
    const { state, reason, input } = decideLevel(
      this.#rules,
      { ...this.#state, held },
      this.#readings,
      this.#clock.monotonicMs(),
    );
    this.#state = state;
    const { level } = this;
    const why = { reason, input, value: this.#readings.get(input as string)?.value, because: hold?.because };
    if (level !== from) this.#tell([{ from, to: level, ...why }]);
    return { level, ...why };
  }

  /**
   * Keeps it at a level by hand, whatever the readings say, until the answered function is called; a later hold takes
   * the place of an earlier one. Released, it goes on from there by the readings. Releasing twice is harmless.
   */
  hold(level: Level, because: string): () => void {
    const { levels } = this.#rules;
    checkOption(levels.includes(level), 'a level', `one of ${levels}`, level);
    const hold = { level, because };
    this.#hold = hold;
    this.tick();
    return () => {
      if (this.#hold !== hold) return;
      this.#hold = undefined;
      this.tick();
    };
  }
}
