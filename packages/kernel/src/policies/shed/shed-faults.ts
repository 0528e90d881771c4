import { defineFaults, type FaultContext, fault, severity } from '../../faults/index.ts';

/** What is shed is refused with. */
export const shedFaults = defineFaults('policies', {
  SHED: fault<Shed>({
    category: 'overload',
    severity: severity.WARNING,
    recovery: 'default_fallback',
    retryable: true,
    stack: false,
    message: ({ shed, delayMs, retryAfterMs }) =>
      `${shed} is overloaded: ${Math.round(delayMs)} ms late, retry in ${Math.ceil(retryAfterMs)} ms`,
    userMessage: 'Too much is going on at once. Please try again.',
  }),
});

export interface Shed extends FaultContext {
  readonly shed: string;
  readonly priority: number;
  /** The last reading of the delay. */
  readonly delayMs: number;
  /** When a lesser priority may be let through at the earliest. */
  readonly retryAfterMs: number;
}
