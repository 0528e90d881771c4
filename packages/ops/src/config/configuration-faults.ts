import { defineFaults, fault, severity } from '@sustain/kernel';
import { type ConfigurationProblem, problemText } from './configuration-problem.ts';

/** What is known of a configuration that cannot be used. */
export interface ConfigurationErrorContext extends Readonly<Record<string, unknown>> {
  /** The file that was read, where there was one. */
  readonly file?: string;
  /** All of them, in the order of the file; at most 100. */
  readonly problems: readonly ConfigurationProblem[];
  /** The sections that they concern; all, where the file as a whole could not be read. */
  readonly sections: readonly string[];
}

export const configurationFaults = defineFaults('ops', {
  /** Its broken sections may be replaced by their defaults: `default_fallback`. */
  CONFIGURATION_ERROR: fault<ConfigurationErrorContext>({
    category: 'configuration',
    severity: severity.CRITICAL,
    recovery: 'default_fallback',
    autoRecoverable: false,
    message: ({ problems }) => {
      const lines = problems.slice(0, MOST_LINES).map((problem) => `\n  - ${problemText(problem)}`);
      const more = problems.length - lines.length;
      return `the configuration cannot be used:${lines.join('')}${more > 0 ? `\n  … and ${more} more` : ''}`;
    },
    userMessage: 'The configuration has mistakes.',
  }),
  /** The same where defaults would do harm, as in a section that says who may enter. */
  CONFIGURATION_REFUSED: fault<ConfigurationErrorContext, 'CONFIGURATION_ERROR'>({
    extends: 'CONFIGURATION_ERROR',
    recovery: 'escalate',
  }),
});

const MOST_LINES = 20;
