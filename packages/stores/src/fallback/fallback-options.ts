import {
  type Clock,
  noSignals,
  type Random,
  type SignalSink,
  systemClock,
  systemRandom,
} from '@sustain/kernel';
import { COUNT, checkOptions, FUNCTION, POSITIVE, TEXT, WAIT } from '@sustain/kernel/options';
import type { Store } from '../contract.ts';
import { DEFAULT_MAX_VALUE_BYTES } from '../limits.ts';
import { type ConflictRules, checkRules } from './conflict-rule.ts';
import { fallbackFaults } from './fallback-faults.ts';

export interface FallbackOptions {
  /** Where the state is. It stays open when the fallback store is closed. */
  readonly primary: Store;
  /**
   * Keeps the journal while the primary is away: local, and at least as durable as `process-death`. It stays open, too.
   * Its entries are somewhat larger than the values.
   */
  readonly spare: Store;
  /** What becomes of writes whose keys others have changed meanwhile. */
  readonly onConflict: ConflictRules;
  /** Whose journal it is, in the spare: every program that shares a spare needs a name of its own. 1 to 64 bytes without slash. Default `main`. */
  readonly instance?: string | undefined;
  /** In faults and signals. Default `fallback`. */
  readonly name?: string | undefined;
  /** How long the primary may take to answer; it is away when it takes longer. Above 0. Default 1000. */
  readonly patienceMs?: number | undefined;
  /** The wait before each look whether the primary is back; a quarter more or less. Above 0. Default 500. */
  readonly probeEveryMs?: number | undefined;
  /** How many looks in a row must succeed. A whole number, 1 or more. Default 3. */
  readonly successes?: number | undefined;
  /** Writes that the journal holds, at most; they are also kept in memory. A whole number, 1 or more. Default 100,000. */
  readonly maxJournalEntries?: number | undefined;
  /** What they may take, about. A whole number, 1 or more. Default 64 MiB. */
  readonly maxJournalBytes?: number | undefined;
  /** Of how many keys is kept in memory what the primary had. A whole number, 1 or more. Default 10,000. */
  readonly maxKnownEntries?: number | undefined;
  /** What that may take, about. A whole number, 1 or more. Default 64 MiB. */
  readonly maxKnownBytes?: number | undefined;
  /**
   * Of which keys that is kept. Of the others nothing is known while the primary is away but what is in the journal: so where
   * the caller has them in memory itself, or does not ask for them then, they take no room from those it does. A throw says no.
   * Default: of all.
   */
  readonly remembers?: ((key: string) => boolean) | undefined;
  /**
   * How long before the primary went away a key may have been seen not to exist, to count as known not to exist: others
   * may have created it since. 0 or more; Infinity where nobody else writes. Default 60,000.
   */
  readonly absenceMaxAgeMs?: number | undefined;
  /** Of a value as JSON in UTF-8; no more than the primary allows. A whole number, 1 or more. Default 1 MiB. */
  readonly maxValueBytes?: number | undefined;
  /**
   * How long the primary remembers operation ids: as it was told. Writes that are older when it returns are conflicts.
   * Above 0. Default a day.
   */
  readonly operationMemoryMs?: number | undefined;
  /**
   * Whether this instance may acknowledge a write of the key while the primary is away: where several write the same
   * keys, only the one that holds their lease should. Default: it may.
   */
  readonly mayAcknowledge?: ((key: string) => boolean) | undefined;
  /**
   * Keys which the caller knows not to exist where nothing is known of them here: the next of a log that only this
   * instance writes, say. While the primary is away, compareAndSet on ABSENT creates them; all else goes on not knowing
   * them. It must not say so of a key whose creation was answered with OUTCOME_UNKNOWN. If somebody has created the key
   * all the same, that is a conflict on return. A throw says no. Default: none.
   */
  readonly knowsAbsent?: ((key: string) => boolean) | undefined;
  /**
   * Keys that are created with a value that nobody else writes there, are not changed afterwards, and not created again
   * once they were deleted: records of a log, say, each with an id. So what is there tells whether a creation whose answer
   * was lost has happened, and the primary need not remember an operation id for it, which is a second record. Only of
   * compareAndSet on ABSENT without an `operationId`. A request that is under way for longer than the key lives may create
   * it once more; a guard prevents that. A throw says no. Default: none.
   */
  readonly writtenOnce?: ((key: string) => boolean) | undefined;
  /**
   * What becomes of writes with a guard while the primary is away, as nobody can check it. Default `refuse`.
   *
   * - `refuse`: they are, with NOT_KNOWN.
   * - `check-on-return`: they are journalled; a guard that no longer holds then is a conflict that is rejected. Refused is
   *   what could not be checked rightly: a guard that was itself written while the primary was away, and a write of a key
   *   that guards what is in the journal.
   * - `ignore`: the guard is not looked at, neither then nor on return: `mayAcknowledge` vouches for it. It is checked in
   *   the primary whenever that is there, unless what it names is itself still in the journal.
   */
  readonly guards?: 'refuse' | 'check-on-return' | 'ignore' | undefined;
  /** Takes a spare that is volatile, with which acknowledged writes are lost when the process ends. Default false. */
  readonly acceptLoss?: boolean | undefined;
  readonly clock?: Clock | undefined;
  /** For operation ids, which must be unique, and the jitter of probes. Default: the host's. */
  readonly random?: Random | undefined;
  /** Where `fallback.changed`, `fallback.replayed` and `fallback.conflict` are told. Default: nowhere. */
  readonly signals?: SignalSink | undefined;
}

/** @internal */
export type SettledFallbackOptions = {
  readonly [Name in keyof FallbackOptions]-?: NonNullable<FallbackOptions[Name]>;
};

/** @internal The defaults filled in. Throws a RangeError, a TypeError, or SPARE_TOO_WEAK. */
export function settleFallbackOptions(options: FallbackOptions): SettledFallbackOptions {
  const settled = { ...DEFAULTS, ...definedOf(options) } as SettledFallbackOptions;
  const { name, instance, spare, acceptLoss } = settled;
  checkOptions('fallback store', {
    name: [name, TEXT],
    instance: [instance, TEXT],
    patienceMs: [settled.patienceMs, POSITIVE],
    probeEveryMs: [settled.probeEveryMs, POSITIVE],
    successes: [settled.successes, COUNT],
    maxJournalEntries: [settled.maxJournalEntries, COUNT],
    maxJournalBytes: [settled.maxJournalBytes, COUNT],
    maxKnownEntries: [settled.maxKnownEntries, COUNT],
    maxKnownBytes: [settled.maxKnownBytes, COUNT],
    absenceMaxAgeMs: [settled.absenceMaxAgeMs, { ...WAIT, most: Number.POSITIVE_INFINITY }],
    maxValueBytes: [settled.maxValueBytes, COUNT],
    operationMemoryMs: [settled.operationMemoryMs, POSITIVE],
    remembers: [settled.remembers, FUNCTION],
    mayAcknowledge: [settled.mayAcknowledge, FUNCTION],
    knowsAbsent: [settled.knowsAbsent, FUNCTION],
    writtenOnce: [settled.writtenOnce, FUNCTION],
    guards: [settled.guards, ['refuse', 'check-on-return', 'ignore']],
  });
  checkRules(settled.onConflict);
  if (instance.includes('/') || Buffer.byteLength(instance) > 64) {
    throw new RangeError(
      `instance of the fallback store must have 1 to 64 bytes without a slash; got ${instance}`,
    );
  }
  if (spare.durability === 'volatile' && !acceptLoss) {
    throw fallbackFaults.SPARE_TOO_WEAK({ store: name, spare: spare.name, durability: spare.durability });
  }
  return settled;
}

const MIB = 1_048_576;
const DEFAULTS = {
  instance: 'main',
  name: 'fallback',
  patienceMs: 1000,
  probeEveryMs: 500,
  successes: 3,
  maxJournalEntries: 100_000,
  maxJournalBytes: 64 * MIB,
  maxKnownEntries: 10_000,
  maxKnownBytes: 64 * MIB,
  absenceMaxAgeMs: 60_000,
  maxValueBytes: DEFAULT_MAX_VALUE_BYTES,
  operationMemoryMs: 86_400_000,
  remembers: () => true,
  mayAcknowledge: () => true,
  knowsAbsent: () => false,
  writtenOnce: () => false,
  guards: 'refuse',
  acceptLoss: false,
  clock: systemClock,
  random: systemRandom,
  signals: noSignals,
};

function definedOf(options: FallbackOptions): Partial<FallbackOptions> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
