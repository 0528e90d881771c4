import { noSignals, systemClock, systemRandom } from '@sustain/kernel';
import { COUNT, checkOptions, POSITIVE, TEXT, WAIT } from '@sustain/kernel/options';
import { fallbackFaults } from '@sustain/stores';
import type { OverServiceOptions } from '../resilient-options.ts';

/** @internal With the defaults filled in. */
export type SettledServiceOptions = Required<{
  readonly [Name in keyof Omit<OverServiceOptions, 'manager' | 'onStale' | 'spare'>]: NonNullable<
    OverServiceOptions[Name]
  >;
}> &
  Pick<OverServiceOptions, 'spare'> & { readonly onStale: 'reject' | 'rebase' };

/** @internal Throws a RangeError, a TypeError, or SPARE_TOO_WEAK. */
export function settleServiceOptions(options: OverServiceOptions): SettledServiceOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settled = { ...DEFAULTS, ...given } as SettledServiceOptions;
  const { service, spare, instance, acceptLoss } = settled;
  if (typeof (service as { getSession?: unknown } | undefined)?.getSession !== 'function') {
    throw new TypeError(
      `service of the resilient session service must be a session service of ADK; got ${typeof service}`,
    );
  }
  checkOptions('resilient session service', {
    instance: [instance, TEXT],
    attemptTimeoutMs: [settled.attemptTimeoutMs, POSITIVE],
    lookTimeoutMs: [settled.lookTimeoutMs, POSITIVE],
    probeBaseMs: [settled.probeBaseMs, POSITIVE],
    probeMaxMs: [settled.probeMaxMs, POSITIVE],
    maxKnownSessions: [settled.maxKnownSessions, COUNT],
    maxKnownEvents: [settled.maxKnownEvents, COUNT],
    maxJournalEntries: [settled.maxJournalEntries, COUNT],
    absenceMaxAgeMs: [settled.absenceMaxAgeMs, WAIT],
  });
  if (instance.includes('/') || Buffer.byteLength(instance) > 64) {
    throw new RangeError(
      `instance of the resilient session service must have 1 to 64 bytes without a slash; got ${instance}`,
    );
  }
  if (spare?.durability === 'volatile' && !acceptLoss) {
    const store = 'of ADK’s sessions';
    throw fallbackFaults.SPARE_TOO_WEAK({ store, spare: spare.name, durability: spare.durability });
  }
  return settled;
}

const DEFAULTS = {
  onStale: 'reject',
  instance: 'adk',
  isShared: true,
  retry: {},
  attemptTimeoutMs: 5000,
  lookTimeoutMs: 1000,
  probeBaseMs: 500,
  probeMaxMs: 10_000,
  maxKnownSessions: 1000,
  maxKnownEvents: 100_000,
  maxJournalEntries: 100_000,
  absenceMaxAgeMs: 60_000,
  acceptLoss: false,
  clock: systemClock,
  random: systemRandom,
  signals: noSignals,
};
