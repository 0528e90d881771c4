import { checkNumbers, checkOption } from './check-option.ts';

/**
 * What a step of the ladder, from one level to the next lower one, can take of an input. The gap is the hysteresis:
 * `up` below `down` says that more of it is worse (a load, a delay), `up` above `down` that less is (a realtime factor).
 */
export interface StepThresholds {
  /** From this value on the better level is too much. */
  readonly down: number;
  /** The value must be better than this to come back to the better level. */
  readonly up: number;
}

/** How a ladder decides. */
export interface LadderRules<Level extends string = string, Input extends string = string> {
  /** Best first; two or more, all different. */
  readonly levels: readonly Level[];
  /**
   * What says how well the service copes, one or more, with the thresholds of each step, from the best level on: none
   * better than the one before. May have fewer than there are steps: it then never asks for the levels below. An input
   * that was never reported is left out of account.
   */
  readonly inputs: Readonly<Record<Input, readonly StepThresholds[]>>;
  /** How long the readings must ask for a lower level before it is taken. 0 or more. Default 0: at once. */
  readonly downDwellMs: number;
  /** How long all readings must allow the next better level before it is taken. 0 or more. Default 30,000. */
  readonly upDwellMs: number;
  /** A step up that fails doubles the dwell, up to this. `upDwellMs` or more. Default 16 times `upDwellMs`. */
  readonly maxUpDwellMs: number;
  /** A step up has failed when the ladder goes down sooner than this after it. 0 or more. Default 10 times `upDwellMs`. */
  readonly stableMs: number;
  /**
   * A reading older than this says nothing any more: it asks for no step down, and nobody knows whether it would allow
   * a step up. 0 or more. Default 60,000.
   */
  readonly staleMs: number;
}

/** What may be left out has a default. */
export type LadderRuleOptions<Level extends string = string, Input extends string = string> = Pick<
  LadderRules<Level, Input>,
  'levels' | 'inputs'
> &
  Partial<LadderRules<Level, Input>>;

/** The rules with their defaults. Throws a RangeError that says which is wrong, what was got and what is allowed. */
export function checkRules({ levels, inputs, ...options }: LadderRuleOptions): LadderRules {
  const { upDwellMs = 30_000, maxUpDwellMs = 16 * upDwellMs, stableMs = 10 * upDwellMs } = options;
  const numbers = { downDwellMs: 0, staleMs: 60_000, ...options, upDwellMs, maxUpDwellMs, stableMs };
  checkNumbers(numbers, 0);
  checkNumbers({ maxUpDwellMs }, upDwellMs);
  const most = levels.length - 1;
  checkOption(most > 0 && new Set(levels).size > most, 'levels', 'two or more, all different', levels);
  const entries = Object.entries(inputs);
  checkOption(entries.length > 0, 'inputs', 'one or more', 0);
  for (const [input, steps] of entries) {
    const sign = signOf(steps);
    const isAllowed = steps.every(({ down, up }, i) => {
      const before = steps[i - 1] ?? { down, up };
      return down * sign > up * sign && down * sign >= before.down * sign && up * sign >= before.up * sign;
    });
    const allowed = `1 to ${most} steps, up better than down`;
    checkOption(isAllowed && sign !== 0 && steps.length <= most, input, allowed, JSON.stringify(steps));
  }
  return { levels, inputs, ...numbers };
}

/** What to multiply a value of this input with, for more of it to be worse. 0 when there are no thresholds. */
export function signOf([first]: readonly StepThresholds[]): number {
  return first ? Math.sign(first.down - first.up) : 0;
}
