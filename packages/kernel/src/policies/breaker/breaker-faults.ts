import { defineFaults, type FaultContext, fault, severity } from '../../faults/index.ts';

/**
 * @internal What the faults of a breaker have in common. No stacks: rejections happen by the thousand. Not retryable:
 * what refuses now refuses for `retryAfterMs`, and a fallback is nearer than that.
 */
export const refusing = {
  category: 'circuit',
  severity: severity.WARNING,
  recovery: 'default_fallback',
  stack: false,
  userMessage: 'This service is paused for a moment.',
};

/** @internal What is refused, and until when. */
export const until = (what: string, { breaker, retryAfterMs }: Refused): string =>
  `${breaker} is ${what}${retryAfterMs === null ? '' : `, retry in ${Math.ceil(retryAfterMs)} ms`}`;

/** What a breaker refuses calls with. */
export const breakerFaults = defineFaults('policies', {
  CIRCUIT_OPEN: fault<Refused>({ ...refusing, message: (context) => until('open', context) }),
});

export interface Refused extends FaultContext {
  readonly breaker: string;
  /** When the breaker lets a call try again; null when time does not tell: isolated, or for an unknown time. */
  readonly retryAfterMs: number | null;
}
