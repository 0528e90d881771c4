import type { DeadlineQueue } from './deadline-queue.ts';
import { type Gate, OPEN_GATE } from './gate.ts';
import type { Environment, Layer, Waiter } from './layer.ts';

/** What a pipeline works out when it is built, for all its runs. */
export interface Plan extends Environment {
  readonly layers: readonly Layer[];
  /** Whether any layer wants the time on the way in. */
  readonly timed: boolean;
  /** Whether it must be exact, also for a call that passes without hooks. */
  readonly isExact: boolean;
  /** Whether the work may be abandoned. */
  readonly abandons: boolean;
  /** Whether a call that finds the gates open can pass without hooks. */
  readonly express: boolean;
  // Fields, because a loop over the layers costs a call half as much as the work's own promise.
  readonly gate0: Gate;
  readonly gate1: Gate;
  readonly gate2: Gate;
  readonly gate3: Gate;
  readonly deadlines0: DeadlineQueue<Waiter> | undefined;
  readonly deadlines1: DeadlineQueue<Waiter> | undefined;
}

export function planOf(environment: Environment, layers: readonly Layer[]): Plan {
  const [gate0 = OPEN_GATE, gate1 = OPEN_GATE, gate2 = OPEN_GATE, gate3 = OPEN_GATE, gate4] = layers.flatMap(
    ({ gate }) => gate ?? [],
  );
  const [timeout0, timeout1, timeout2] = layers.filter(({ deadlines }) => deadlines);
  return {
    ...environment,
    layers,
    timed: layers.some(({ timed }) => timed),
    isExact: layers.some(({ deadlines }) => deadlines?.isExact),
    abandons: layers.some(({ abandons }) => abandons),
    express:
      !gate4 &&
      !timeout2 &&
      layers.every(({ gate, deadlines, enter, succeeded }) => gate ?? deadlines ?? !(enter || succeeded)),
    gate0,
    gate1,
    gate2,
    gate3,
    deadlines0: timeout0?.deadlines,
    deadlines1: timeout1?.deadlines,
  };
}
