import { COUNT, checkOptions, FUNCTION, POSITIVE, TEXT } from '../../options/index.ts';
import type { BreakerOptions } from './breaker-options.ts';
import { breakerChanged } from './breaker-transitions.ts';
import type { BreakerRules } from './circuit.ts';
import { close, DEFAULT_OPEN_MS } from './phases.ts';
import { RATIO } from './ratio.ts';
import type { TripRule } from './trip-rule.ts';

/** More failures in a row than there can be. */
const NEVER = 2 ** 50;

/**
 * @internal What `options` become, and from then on change `rules` to. Throws a RangeError or TypeError that says
 * which option of which breaker is wrong, and what is allowed, and changes nothing then.
 */
export function breakerRules(options: BreakerOptions<unknown>, rules?: BreakerRules): BreakerRules {
  const { name, clock, signals, ramp = close, mayProbe, isFailure, isFailureResult } = options;
  const { openMs = DEFAULT_OPEN_MS, halfOpenProbes = 1, halfOpenSuccessRatio = 1 } = options;
  const trip = [options.trip ?? []].flat();
  const isFixed = typeof openMs !== 'function';
  const fixedMs = isFixed ? openMs : DEFAULT_OPEN_MS;
  const { consecutive = trip.length > 0 ? NEVER : 5, probeDeadlineMs = fixedMs } = options;
  checkOptions(`breaker ${name}`, {
    name: [name, TEXT],
    consecutive: [consecutive, COUNT],
    openMs: [fixedMs, POSITIVE],
    halfOpenProbes: [halfOpenProbes, COUNT],
    halfOpenSuccessRatio: [halfOpenSuccessRatio, RATIO],
    probeDeadlineMs: [probeDeadlineMs, POSITIVE],
    ramp: [ramp, FUNCTION],
    mayProbe: [mayProbe, FUNCTION],
    isFailure: [isFailure, FUNCTION],
    isFailureResult: [isFailureResult, FUNCTION],
  });
  for (const { begin = null } of trip as Partial<TripRule>[])
    checkOptions('trip rule', { begin: [begin, FUNCTION] });
  return Object.assign(rules ?? { clock, changed: signals?.channel(breakerChanged) }, {
    options,
    consecutive,
    trip,
    openMs: isFixed ? () => openMs : openMs,
    halfOpenProbes,
    halfOpenSuccessRatio,
    probeDeadlineMs,
    ramp,
    mayProbe,
    isFailure,
    isFailureResult,
  });
}
