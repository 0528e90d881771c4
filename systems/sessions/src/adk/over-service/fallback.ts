import type { KeyLock } from '@sustain/kernel';
import { sessionFaults } from '../../faults.ts';
import type { AdkSessionsState } from '../sessions-state.ts';
import { AwaySessions } from './away-sessions.ts';
import type { ConflictPage, ConflictsOptions } from './conflict.ts';
import type { SettledServiceOptions } from './guarded-options.ts';
import { Journal } from './journal.ts';
import type { KnownSessions } from './known-sessions.ts';
import { Replayer } from './replayer.ts';
import { reasonOf } from './service-error.ts';
import { ServiceAway, type ServiceLink } from './service-link.ts';
import type { ServiceSessions } from './service-sessions.ts';
import { Standing } from './standing.ts';

export interface FallbackParts {
  readonly options: SettledServiceOptions;
  readonly lock: KeyLock;
  readonly link: ServiceLink;
  readonly sessions: ServiceSessions;
  readonly known: KnownSessions;
}

/** How something is done with ADK's service, and without it. */
export interface Ways<T> {
  readonly there: () => Promise<T>;
  readonly away: (away: AwaySessions) => Promise<T>;
}

interface Spare {
  readonly journal: Journal;
  readonly away: AwaySessions;
  readonly replayer: Replayer;
}

/** @internal Which way is gone, and how one comes back. */
export class Fallback {
  readonly #parts: FallbackParts;
  readonly #standing: Standing;
  readonly #stopping = new AbortController();
  /** Without a spare, and when another program has taken its journal, there is none. */
  #spare: Spare | undefined;
  #opened: Promise<void> | undefined;
  #comingBack: Promise<void> | undefined;

  constructor(parts: FallbackParts) {
    this.#parts = parts;
    const { options } = parts;
    const { spare, clock, signals } = options;
    const journal = spare && new Journal({ ...options, spare });
    this.#standing = new Standing(clock, signals, journal);
    if (journal === undefined) return;
    const away = new AwaySessions({ ...parts, journal, standing: this.#standing });
    this.#spare = { journal, away, replayer: new Replayer({ ...parts, journal }) };
    // Whoever needs it hears when it cannot be read.
    this.#open().catch(() => undefined);
  }

  isPending(name: string): boolean {
    return (this.#spare?.journal.pendingOf(name).length ?? 0) > 0;
  }

  describe(): AdkSessionsState {
    return this.#standing.describe();
  }

  /** Whoever calls holds the lock of the session of this name. */
  async either<T>(name: string, { there, away }: Ways<T>): Promise<T> {
    await this.#open();
    if (this.#standing.state !== 'away' && !this.isPending(name)) {
      try {
        return await there();
      } catch (error) {
        this.#leave(error);
      }
    }
    return this.#without(away);
  }

  /** For what cannot be answered from what is known. */
  async onlyThere<T>(operation: string, there: () => Promise<T>): Promise<T> {
    await this.#open();
    const { state, reason } = this.#standing;
    if (state !== 'normal') {
      throw sessionFaults.SESSION_SERVICE_UNAVAILABLE({
        operation,
        reason: `not all is known now: ${reason}`,
      });
    }
    try {
      return await there();
    } catch (error) {
      this.#leave(error);
      throw (error as ServiceAway).fault;
    }
  }

  async conflicts(options: ConflictsOptions): Promise<ConflictPage> {
    await this.#open();
    return this.#spare?.journal.conflicts(options) ?? { conflicts: [], next: undefined };
  }

  async removeConflict(id: string): Promise<boolean> {
    await this.#open();
    return this.#spare?.journal.removeConflict(id) ?? false;
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled([this.#opened, this.#comingBack]);
  }

  /** Throws it on, unless it says that the service is away and something stands in for it. */
  #leave(error: unknown): void {
    if (!(error instanceof ServiceAway)) throw error;
    if (this.#spare === undefined) throw error.fault;
    this.#standing.go('away', error.message);
    this.#comeBackSoon(this.#parts.options.probeBaseMs);
  }

  async #without<T>(way: Ways<T>['away']): Promise<T> {
    const { away } = this.#spare as Spare;
    try {
      return await way(away);
    } catch (error) {
      this.#giveUpIfTaken(error);
      throw error;
    } finally {
      this.#comeBackIfLeft();
    }
  }

  /** The service may have come back while something was being written into the journal. */
  #comeBackIfLeft(): void {
    const entries = this.#spare?.journal.size ?? 0;
    if (this.#standing.state === 'normal' && entries > 0) this.#comeBackSoon(0);
  }

  /** What an earlier run has left is brought in first. */
  #open(): Promise<void> {
    this.#opened ??= this.#read().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  async #read(): Promise<void> {
    if (this.#spare === undefined) return;
    const { journal, away } = this.#spare;
    const records = await journal.open();
    away.restore(records);
    if (records.length === 0) return;
    this.#standing.go('away', 'an earlier run has left a journal');
    this.#comeBackSoon(0);
  }

  #comeBackSoon(waitMs: number): void {
    if (this.#comingBack !== undefined || this.#stopping.signal.aborted) return;
    this.#comingBack = this.#comeBack(waitMs)
      // Only its wait rejects, when it is stopped.
      .catch(() => undefined)
      .finally(() => {
        this.#comingBack = undefined;
        this.#comeBackIfLeft();
      });
  }

  async #comeBack(firstWaitMs: number): Promise<void> {
    const { clock, random, probeBaseMs, probeMaxMs } = this.#parts.options;
    const { signal } = this.#stopping;
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(Math.max(2 * waitMs, probeBaseMs), probeMaxMs)) {
      await clock.sleep(waitMs * (0.75 + random.next() / 2), { signal, keepAlive: false });
      if (await this.#parts.link.isAway()) continue;
      if (signal.aborted || (await this.#bringIn())) return;
    }
  }

  /** Whether there is nothing more to wait for. A session that could not be brought in is tried again, and nobody waits for that. */
  async #bringIn(): Promise<boolean> {
    const { state } = this.#standing;
    if (state === 'away') this.#standing.go('returning', 'ADK’s service answers again');
    try {
      await this.#spare?.replayer.run();
    } catch (error) {
      // Who has written meanwhile may have found that the journal is taken: then nothing stands in for the service.
      if (this.#spare === undefined || this.#giveUpIfTaken(error)) return true;
      this.#standing.go('away', reasonOf(error));
      return false;
    }
    const left = this.#spare?.journal.size ?? 0;
    this.#standing.go('normal', left === 0 ? 'the journal has been brought in' : LEFT);
    return left === 0;
  }

  /** Another program goes on with the journal: the service does everything from now on, and nothing stands in for it. */
  #giveUpIfTaken(error: unknown): boolean {
    if (!sessionFaults.INSTANCE_NAME_TAKEN.matches(error)) return false;
    this.#spare = undefined;
    this.#standing.go('normal', error.message);
    return true;
  }
}

const LEFT = 'the journal has been brought in, save for sessions that ADK’s service does not read or take';
