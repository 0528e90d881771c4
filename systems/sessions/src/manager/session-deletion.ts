import type { Clock } from '@sustain/kernel';
import { mayHaveHappened, storeFaults } from '@sustain/stores';
import { sessionFaults } from '../faults.ts';
import type { Head } from '../layout/index.ts';
import type { SessionKey } from '../session/index.ts';
import { isExpired, type OpenSession, type Removed, type SessionFiles } from '../storage/index.ts';
import { checkVersion } from './check-version.ts';
import type { WriteOptions } from './session-manager.ts';
import type { Deletion } from './session-requests.ts';
import type { SessionTurns } from './session-turns.ts';

/** Which session was deleted. */
type Deleted = Pick<Removed, 'incarnation'>;

/** How sessions go: because somebody wants it, or their time is over. */
export class SessionDeletion {
  readonly #files: SessionFiles;
  readonly #turns: SessionTurns;
  readonly #clock: Clock;

  constructor(files: SessionFiles, turns: SessionTurns, clock: Clock) {
    this.#files = files;
    this.#turns = turns;
    this.#clock = clock;
  }

  /** Undefined when there is none, and never was since this deletion has begun. */
  async delete(deletion: Deletion, { expectedVersion, signal }: WriteOptions): Promise<Deleted | undefined> {
    const operation = 'deleteSession';
    const { key } = deletion;
    return this.#turns.run(key, signal, async () => {
      for (;;) {
        const session = await this.#toDelete(key, expectedVersion, signal);
        const { sent } = deletion;
        // One that has come since under the same names is not what was to be deleted.
        if (sent !== undefined && session?.incarnation !== sent.incarnation) return sent;
        if (session === undefined) return undefined;
        if (!('head' in session)) return session;
        if (isExpired(session, this.#clock)) return undefined;
        checkVersion(operation, session, expectedVersion);
        try {
          if (await this.#files.removal.remove(session)) return session;
        } catch (error) {
          if (mayHaveHappened(error)) deletion.sent = session;
          throw error;
        }
      }
    });
  }

  /** Deletes the session if it has expired. Reads no more of it than tells that. */
  async deleteExpired(key: SessionKey, signal?: AbortSignal): Promise<Deleted | undefined> {
    const operation = 'cleanupExpiredSessions';
    return this.#turns.run(key, signal, () =>
      this.#files.removeIf(key, { operation, signal }, (head) => this.isOver(operation, head, signal)),
    );
  }

  /** Whether a session with this head has expired, by what its log says; false where that cannot be known now. */
  async isOver(operation: string, head: Head, signal?: AbortSignal): Promise<boolean> {
    return (await this.expiry(operation, head, signal)) === 'over';
  }

  /** When it expires, Unix milliseconds; undefined: never. */
  async expiry(
    operation: string,
    head: Head,
    signal?: AbortSignal,
  ): Promise<number | undefined | 'over' | 'unknown'> {
    const { ttlMs, base } = head;
    const nowWallMs = this.#clock.wallMs();
    if (ttlMs === undefined) return undefined;
    if (base.updatedWallMs + ttlMs > nowWallMs) return base.updatedWallMs + ttlMs;
    const expiresWallMs = await this.#files.removal.expiryOf(head, operation, signal);
    return typeof expiresWallMs === 'number' && expiresWallMs <= nowWallMs ? 'over' : expiresWallMs;
  }

  /**
   * One that is damaged cannot be opened, and must be deletable all the same, unless only a version of it was meant: then it
   * is deleted by now.
   */
  async #toDelete(
    key: SessionKey,
    expectedVersion: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<OpenSession | Deleted | undefined> {
    const options = { operation: 'deleteSession', signal };
    try {
      return await this.#files.open(key, options);
    } catch (error) {
      if (expectedVersion !== undefined || !isDamaged(error)) throw error;
      return this.#files.removal.removeDamaged(key, options);
    }
  }
}

function isDamaged(error: unknown): boolean {
  return sessionFaults.SESSION_STORAGE_CORRUPTED.matches(error) || storeFaults.ENTRY_CORRUPTED.matches(error);
}
