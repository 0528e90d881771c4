import { checkOption, FOREVER } from '../options/index.ts';
import type { Signals } from '../signals/index.ts';
import { type Clock, systemClock } from '../time/index.ts';
import { bestLevel } from './best-level.ts';
import { qualityChanged } from './degradation-signals.ts';
import { checkRules, type LadderRules } from './ladder-rules.ts';

export type QualityLadderOptions<Level extends string, Input extends string> = LadderRules<Level, Input> & {
  /** Whose quality it is: the source of its signals. */
  readonly name: string;
  readonly clock?: Clock;
  /** Where `quality.changed` is told. Default: nowhere. */
  readonly signals?: Signals;
};

export interface QualityLadder<Level extends string = string, Input extends string = string> {
  readonly level: Level;
  /**
   * Takes a reading of an input, and answers the level from now on. One that is not a number is ignored, as if it had not
   * come; Infinity is a number. Throws a RangeError when there is no such input.
   */
  report(input: Input, value: number): Level;
  /** Decides by the readings that there are. */
  tick(): Level;
}

/**
 * Takes quality back in steps when a service does not keep up, and gives it back when it does. The worst input decides,
 * and however the readings jump about, the level does not. An input may also be somebody's wish. Begins at the best
 * level. Throws a RangeError or TypeError when an option is out of range.
 *
 * Down: to the level that the worst input asks for, when a lower one was asked for throughout `downDwellMs`. Up: one
 * level, when every reading has allowed it throughout the dwell, counted from the first decision after the last change.
 * When it goes down within 10 times `upDwellMs` after it went up, that step up has failed: the dwell is twice as long from
 * then on, up to 16 times `upDwellMs`; else it is `upDwellMs` again. This bounds the changes in any time, whatever the
 * readings do.
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
 * ladder.report('cpu', 0.83); // critical
 */
export function qualityLadder<const Level extends string, const Input extends string>({
  name,
  clock = systemClock,
  signals,
  levels,
  inputs,
  downDwellMs = 0,
  upDwellMs = 30_000,
}: QualityLadderOptions<Level, Input>): QualityLadder<Level, Input> {
  checkRules({ levels, inputs, downDwellMs, upDwellMs });
  const readings = new Map<string | undefined, number>();
  let level = 0;
  /** What the readings ask for: 1 a lower level, -1 a better one; since they do so, and the level is this one. */
  let wants = 0;
  let sinceMs = 0;
  let dwellMs = upDwellMs;
  let wentUpMs = -FOREVER;
  function tick(): Level {
    const nowMs = clock.monotonicMs();
    const best = bestLevel(inputs, readings, level);
    const wanted = Math.sign(best.level - level);
    if (wanted !== wants) sinceMs = nowMs;
    wants = wanted;
    if (wants && nowMs - sinceMs >= (wants > 0 ? downDwellMs : dwellMs)) {
      if (wants < 0) wentUpMs = nowMs;
      else dwellMs = nowMs - wentUpMs < 10 * upDwellMs ? Math.min(dwellMs * 2, 16 * upDwellMs) : upDwellMs;
      const { input } = best;
      const change = { from: levels[level] as Level, to: levels[best.level] as Level, input };
      level = best.level;
      wants = 0;
      signals
        ?.channel(qualityChanged)
        .emit({ ...change, value: readings.get(input) as number }, { source: name });
    }
    return levels[level] as Level;
  }

  return Object.freeze({
    get level() {
      return levels[level] as Level;
    },
    report(input: Input, value: number) {
      checkOption('an input', input, Object.keys(inputs));
      // What is no number is not itself as one.
      if (value === Number(value)) readings.set(input, value);
      return tick();
    },
    tick,
  });
}
