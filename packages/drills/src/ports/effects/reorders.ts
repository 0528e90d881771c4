import type { Random } from '@sustain/kernel';
import { checkOptions, POSITIVE } from '@sustain/kernel/options';
import type { Call, Effect } from '../call.ts';

export interface ReorderOptions {
  /** How many messages come in another order, 2 or more. Default 2. */
  readonly messages?: number;
  /** When those that have come are delivered though too few have. Above 0. Default 100. */
  readonly withinMs?: number;
}

/**
 * Messages come in another order than they were sent: so many are held back, and then come in an order that is drawn,
 * never their own. For methods and listeners that answer nothing.
 */
export function reorders({ messages = 2, withinMs = 100 }: ReorderOptions = {}): Effect<undefined> {
  checkOptions('effect reorders', {
    messages: [messages, { least: 2, most: 1000, whole: true }],
    withinMs: [withinMs, POSITIVE],
  });
  return {
    name: 'reorders',
    begin() {
      let held: Call[] = [];
      const deliver = (which: Call[]) => {
        if (which !== held) return; // They have come before their time was over.
        held = [];
        const order = otherOrder(which, (which[0] as Call).random);
        const errors: unknown[] = [];
        for (const [index, call] of order.entries()) {
          call.note(`comes ${index + 1} of ${order.length}`);
          try {
            call.proceed();
          } catch (error) {
            errors.push(error); // The others come all the same.
          }
        }
        if (errors.length > 0) throw errors.length > 1 ? new AggregateError(errors) : errors[0];
      };
      return (call) => {
        const these = held;
        these.push(call);
        if (these.length === messages) deliver(these);
        else if (these.length === 1) call.later(withinMs, () => deliver(these));
        return undefined;
      };
    },
  };
}

/** Shuffles by Fisher and Yates; what comes out as it was is turned by one. */
function otherOrder<T>(items: readonly T[], random: Random): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random.next() * (last + 1));
    [order[last], order[other]] = [order[other] as T, order[last] as T];
  }
  if (order.every((item, index) => item === items[index])) order.push(order.shift() as T);
  return order;
}
