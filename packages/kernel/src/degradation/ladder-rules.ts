import { COUNT, checkOptions } from '../options/index.ts';

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
   * What says how well the service copes, one or more, with the thresholds of each step, from the best level on, all in
   * the same direction. May have fewer than there are steps: it then never asks for the levels below. An input that
   * was never reported is left out of account.
   */
  readonly inputs: Readonly<Record<Input, readonly StepThresholds[]>>;
  /** How long the readings must ask for a lower level before it is taken. 0 or more. Default 0: at once. */
  readonly downDwellMs: number;
  /**
   * How long all readings must allow the next better level before it is taken. 0 or more. Default 30,000. A step up that
   * fails doubles it, up to 16 times this; it has failed when the ladder goes down within 10 times this.
   */
  readonly upDwellMs: number;
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

/** The rules with their defaults. Throws a RangeError or TypeError that says which is wrong, what was got and what is allowed. */
export function checkRules({
  levels,
  inputs,
  downDwellMs = 0,
  upDwellMs = 30_000,
  staleMs = 60_000,
}: LadderRuleOptions): LadderRules {
  const notBelow0 = { least: 0 };
  checkOptions('quality ladder', {
    downDwellMs: [downDwellMs, notBelow0],
    upDwellMs: [upDwellMs, notBelow0],
    staleMs: [staleMs, notBelow0],
    'different levels': [new Set(levels).size, { least: Math.max(2, levels.length) }],
    inputs: [Object.keys(inputs).length, COUNT],
  });
  for (const [input, own] of Object.entries(inputs)) {
    const of = `input ${input}`;
    checkOptions(of, { steps: [own.length, { ...COUNT, most: levels.length - 1 }] });
    const sign = signOf(own);
    for (const { down, up } of own) {
      checkOptions(of, { 'gap from up to down': [(down - up) * sign, { least: 0, above: true }] });
    }
  }
  return { levels, inputs, downDwellMs, upDwellMs, staleMs };
}

/** What to multiply a value of this input with, for more of it to be worse. */
export function signOf([first]: readonly StepThresholds[]): number {
  return first && first.down < first.up ? -1 : 1;
}
