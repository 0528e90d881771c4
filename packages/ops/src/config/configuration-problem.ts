import { type Origin, originText } from './origin.ts';

/** One thing that is wrong with a configuration. Quotes no value whose name says that it is a secret. */
export interface ConfigurationProblem {
  /** Which setting: `logging.output[0].maxSize`. Empty: the file as a whole. */
  readonly path: string;
  /** What is wrong and what was got: `must be true or false; got "yes"`. */
  readonly problem: string;
  /** What to do, where it is not plain from the problem: `did you mean "level"?` */
  readonly cure?: string;
  /** Where it was written, where it was written at all. */
  readonly origin?: Origin;
}

/** `logging.levl is not a setting: did you mean "level"? (sustain.yaml, line 2, column 3)` */
export function problemText({ path, problem, cure, origin }: ConfigurationProblem): string {
  const where = origin === undefined || origin.source === 'default' ? '' : ` (${originText(origin)})`;
  return `${path}${path && ' '}${problem}${cure === undefined ? '' : `: ${cure}`}${where}`;
}
