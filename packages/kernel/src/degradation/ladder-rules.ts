import { COUNT, checkOptions, FOREVER, WAIT } from '../options/index.ts';

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
   * What says how well the service copes, one at least, with the thresholds of each step, from the best level on: both
   * worse from step to step. May have fewer than there are steps: it then never asks for the levels below. An input that
   * was never reported is left out of account; of the others the last reading counts.
   */
  readonly inputs: Readonly<Record<Input, readonly StepThresholds[]>>;
  /** How long the readings must ask for a lower level before it is taken. 0 or more. Default 0: at once. */
  readonly downDwellMs?: number;
  /**
   * How long all readings must allow the next better level before it is taken. 0 or more. Default 30,000. A step up that
   * fails doubles it, up to 16 times this; it has failed when the ladder goes down within 10 times this.
   */
  readonly upDwellMs?: number;
}

/** Throws a RangeError or TypeError that says which is wrong, what was got and what is allowed. */
export function checkRules({ levels, inputs, downDwellMs, upDwellMs }: LadderRules): void {
  const above0 = { least: 0, above: true };
  checkOptions('quality ladder', {
    downDwellMs: [downDwellMs, WAIT],
    upDwellMs: [upDwellMs, WAIT],
    inputs: [Object.keys(inputs).length, COUNT],
    'different levels': [new Set(levels).size, { least: Math.max(2, levels.length) }],
  });
  for (const [input, steps] of Object.entries(inputs)) {
    const of = `input ${input}`;
    const sign = signOf(steps);
    let better = { down: -FOREVER * sign, up: -FOREVER * sign };
    checkOptions(of, { steps: [steps.length, { ...COUNT, most: levels.length - 1 }] });
    for (const step of steps) {
      checkOptions(of, {
        'gap from up to down': [(step.down - step.up) * sign, above0],
        'rise of down': [(step.down - better.down) * sign, above0],
        'rise of up': [(step.up - better.up) * sign, above0],
      });
      better = step;
    }
  }
}

/** What to multiply a value of this input with, for more of it to be worse. */
export function signOf([first]: readonly StepThresholds[]): number {
  return first && first.down < first.up ? -1 : 1;
}
