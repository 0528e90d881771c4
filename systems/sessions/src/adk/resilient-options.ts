import type { Clock, Random, SignalSink } from '@sustain/kernel';
import type { Store } from '@sustain/stores';
import type { SessionManager } from '../manager/index.ts';
import type { SessionRetryConfig } from '../recovery.ts';
import type { AdkSessionService } from './adk-types.ts';
import type { StaleRule } from './backing.ts';

/** What a ResilientSessionService stands on: our session manager, or any session service of ADK. */
export type ResilientSessionOptions = OverManagerOptions | OverServiceOptions;

interface CommonOptions {
  /**
   * What becomes of events whose session was changed by somebody else since the handle was read. ADK's own Runner holds one
   * handle an invocation, and never makes it stale itself. Default `reject`.
   */
  readonly onStale?: StaleRule | undefined;
}

export interface OverManagerOptions extends CommonOptions {
  /** Keeps the sessions. It stays open when the service is closed. */
  readonly manager: SessionManager;
  readonly service?: undefined;
}

export interface OverServiceOptions extends CommonOptions {
  /** Keeps the sessions: `new DatabaseSessionService(url)`, say. It is initialised when it is first needed, once. */
  readonly service: AdkSessionService;
  readonly manager?: undefined;
  /**
   * Keeps the journal while the service is away: local, and at least as durable as `process-death`, such as `sqliteStore`.
   * It stays open. Without it sessions answer SESSION_SERVICE_UNAVAILABLE then.
   */
  readonly spare?: Store | undefined;
  /** Whose journal it is, in the spare: every program that shares a spare needs a name of its own. 1 to 64 bytes without slash. Default `adk`. */
  readonly instance?: string | undefined;
  /**
   * Whether others write the same sessions through this service or its database. Then every session is read whole before it is
   * appended to, which costs as much as reading it, and what others did in between is found; what they do in the same moment
   * ADK's service decides. False where this is the only program that writes: then nothing is read first.
   * Default true.
   */
  readonly isShared?: boolean | undefined;
  /** How what fails is tried again. With a spare, only while the service is there. */
  readonly retry?: SessionRetryConfig | undefined;
  /** How long the service may take for one call. Above 0. Default 5000. */
  readonly attemptTimeoutMs?: number | undefined;
  /** How long it may take to answer whether it is there, which it is asked up to three times. Above 0. Default 1000. */
  readonly lookTimeoutMs?: number | undefined;
  /** The wait before the first look whether it is back; each further one is twice as long, a quarter more or less. Above 0. Default 500. */
  readonly probeBaseMs?: number | undefined;
  /** The longest of these waits. Above 0. Default 10,000. */
  readonly probeMaxMs?: number | undefined;
  /** Of how many sessions is kept in memory what they have; the least recently used are forgotten first. A whole number, 1 or more. Default 1000. */
  readonly maxKnownSessions?: number | undefined;
  /** How many events they may have together. A whole number, 1 or more. Default 100,000. */
  readonly maxKnownEvents?: number | undefined;
  /** Writes that the journal holds, at most. A whole number, 1 or more. Default 100,000. */
  readonly maxJournalEntries?: number | undefined;
  /** How long before the service went away a session may have been seen not to exist, to count as known not to exist. 0 or more. Default 60,000. */
  readonly absenceMaxAgeMs?: number | undefined;
  /** Takes a spare that is volatile, with which acknowledged writes are lost when the process ends. Default false. */
  readonly acceptLoss?: boolean | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Where `sessions.adk.changed`, `.replayed`, `.left` and `.conflict` are told. Default: nowhere. */
  readonly signals?: SignalSink | undefined;
}
