import type { Random } from '@sustain/kernel';
import { checkOption, FUNCTION } from '@sustain/kernel/options';
import type { Effect } from '../call.ts';
import { isThenable } from '../thenable.ts';

/**
 * The call is made, and its answer replaced by a wrong one: `answers(() => null)`, `answers(silent)`. A promise is
 * waited for. The wrong answer need not have the type of the true one: what is real does not ask types either.
 */
export function answers<Result>(
  change: (answer: Awaited<Result>, random: Random) => unknown,
): Effect<never, Result> {
  checkOption('change of answers', change ?? null, FUNCTION);
  return {
    name: 'answers',
    begin: () => (call) => {
      const wrong = (answer: unknown) => {
        if (!call.isBroken) return answer;
        call.note('wrongly');
        return change(answer as Awaited<Result>, call.random);
      };
      const answer = call.proceed();
      return (isThenable(answer) ? Promise.resolve(answer).then(wrong) : wrong(answer)) as never;
    },
  };
}
