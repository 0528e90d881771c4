import { checkNumbers, checkOption } from './check-option.ts';

/** A quantity that says how well the service copes, and what each level can take of it. */
export interface LadderInput {
  /**
   * From which value on a level is too much: `down[0]` leaves the best level, `down[1]` the next … Each as bad as the
   * one before, or worse. At most as many as there are steps; for those that are missing this input is never too bad.
   */
  readonly down: readonly number[];
  /**
   * Which value it must be better than to come back: `up[0]` to the best level, `up[1]` to the next … As many as
   * in `down`, each better than its neighbour there: the gap is the hysteresis. `up` below `down` says that more of it
   * is worse (a load, a delay), `up` above `down` that less is (a realtime factor).
   */
  readonly up: readonly number[];
}

/** How a ladder decides. */
export interface LadderRules<Level extends string = string, Input extends string = string> {
  /** Best first; two or more, all different. */
  readonly levels: readonly Level[];
  /** One or more. Those never reported are left out of account. */
  readonly inputs: Readonly<Record<Input, LadderInput>>;
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
  const steps = levels.length - 1;
  checkOption(steps > 0 && new Set(levels).size > steps, 'levels', 'two or more, all different', levels);
  const rules = Object.entries(inputs);
  checkOption(rules.length > 0, 'inputs', 'one or more', 0);
  for (const [input, { down, up }] of rules) {
    const sign = signOf({ down, up });
    const worsens = (values: readonly number[]) =>
      values.every((value, i) => value * sign >= (values[i - 1] ?? value) * sign);
    const isAllowed =
      down.length <= steps &&
      up.length === down.length &&
      down.every((value, i) => value * sign > (up[i] as number) * sign) &&
      worsens(down) &&
      worsens(up);
    checkOption(
      isAllowed && sign !== 0,
      input,
      `1 to ${steps} thresholds, up better than down`,
      `${down} / ${up}`,
    );
  }
  return { levels, inputs, ...numbers };
}

/** What to multiply a value of this input with, for more of it to be worse. 0 when there are no thresholds. */
export function signOf({ down: [down = 0], up: [up = 0] }: LadderInput): number {
  return Math.sign(down - up);
}
