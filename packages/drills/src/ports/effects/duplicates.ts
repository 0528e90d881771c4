import type { Effect } from '../call.ts';
import { isThenable } from '../thenable.ts';

/** The call is made twice, one after the other, as a message that was sent again. The first answer is answered. */
export function duplicates<Result>(): Effect<never, Result> {
  return {
    name: 'duplicates',
    begin: () => (call) => {
      const again = () => {
        call.note('');
        return call.proceed();
      };
      const first = call.proceed();
      if (!isThenable(first)) {
        again();
        return first as never;
      }
      return Promise.resolve(first).then(async (answer) => {
        if (call.isBroken) await again();
        return answer;
      }) as never;
    },
  };
}
