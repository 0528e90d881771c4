import type { Effect } from '../call.ts';

/** The call is made twice, one after the other, as a message that was sent again. The first answer is answered. */
export function duplicates<Result>(): Effect<Result, Result> {
  return {
    name: 'duplicates',
    begin: () => (call) => {
      call.note('');
      const first = call.proceed();
      if (!(first instanceof Promise)) {
        call.proceed();
        return first;
      }
      return first.then(async (answer) => {
        await call.proceed();
        return answer;
      }) as Result;
    },
  };
}
