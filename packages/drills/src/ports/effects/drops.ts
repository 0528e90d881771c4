import type { Effect } from '../call.ts';

/**
 * The call is not made, and nothing says so: a message is lost. `answer` makes what is answered all the same, as
 * `drops(async () => ({ delivered: true }))`. Default: undefined, for methods and listeners that answer nothing.
 */
export function drops(): Effect<undefined>;
export function drops<Gives>(answer: () => Gives): Effect<Gives>;
export function drops(answer: () => unknown = () => undefined): Effect {
  return {
    name: 'drops',
    begin: () => (call) => {
      call.note('');
      return answer();
    },
  };
}
