import type { Effect } from '../call.ts';
import { isThenable } from '../thenable.ts';

/** The call is made twice, one after the other, as a message that was sent again. The first answer is answered. */
export function duplicates<Result>(): Effect<never, Result> {
  return {
    name: 'duplicates',
    begin: () => (call) => {
      call.note('');
      const first = call.proceed();
      if (!isThenable(first)) {
        call.proceed();
        return first as never;
      }
      return Promise.resolve(first).then(async (answer) => {
        await call.proceed();
        return answer;
      }) as never;
    },
  };
}
