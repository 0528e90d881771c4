import { defineFaults, type FaultContext, fault } from '../../faults/index.ts';
import { tooMuch } from '../shared-policy.ts';

/** What is shed is refused with. */
export const shedFaults = defineFaults('policies', {
  SHED: fault<Shed>({
    ...tooMuch,
    message: ({ shed, delayMs }) => `${shed} is overloaded: ${Math.round(delayMs)} ms late`,
  }),
});

export interface Shed extends FaultContext {
  readonly shed: string;
  readonly priority: number;
  /** The last reading of the delay. */
  readonly delayMs: number;
}
