import { type Clock, keyLock } from '@sustain/kernel';
import { COUNT, checkOptions } from '@sustain/kernel/options';
import { ABSENT, type Entry, type Revision, type Store, storeFaults } from '@sustain/stores';
import { frozen } from '../checks/index.ts';
import { sessionFaults } from '../faults.ts';
import { appStateKey, userStateKey } from '../layout/index.ts';
import type { SessionState } from '../session/index.ts';
import type { ChangeOfScope, ScopedChange } from './scopes.ts';

export interface ScopedStateOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** How old may be what others have written, when it is told. Milliseconds; Infinity where nobody else writes. */
  readonly maxAgeMs: number;
  /** How many applications and users are kept in memory. */
  readonly maxInMemory: number;
  readonly maxStateBytes: number;
}

/** What a store has of an application, or of a user. */
interface Shared {
  readonly state: SessionState;
  /** Of an application: whether any of its users has state. */
  readonly hasUsers?: boolean;
  /** The last changes that were made: one that is tried again, as its answer was lost, is not made again. */
  readonly applied: readonly string[];
}

interface Known {
  readonly shared: Shared;
  readonly revision: Revision;
  readonly readMs: number;
  /** When it was written here, or found by a write: no answer to what was asked before is newer. */
  readonly writtenStamp: number;
}

/**
 * What sessions share: the state of an application and of a user. Each is one entry, changed by compare-and-set upon what
 * is there, name by name, so that nobody's change is lost; the last one of a name counts. What others have written is told
 * within `maxAgeMs`, what was written here at once; while the store is away, what was known last.
 */
export class ScopedState {
  readonly #options: ScopedStateOptions;
  readonly #known = new Map<string, Known>();
  #stamp = 0;
  /** What was asked before is too old for a key that nothing is known of: it may have been written and forgotten since. */
  #floor = 0;
  readonly #lock = keyLock();

  constructor(options: ScopedStateOptions) {
    checkOptions('shared state', { maxInMemory: [options.maxInMemory, COUNT] });
    this.#options = options;
  }

  /** `state` with what it shares. */
  merged(appName: string, userId: string, state: SessionState): Promise<SessionState> | SessionState {
    return this.mergedNow(appName, userId, state) ?? this.#merge(appName, userId, state);
  }

  /** The same without asking the store; undefined when it must be asked. */
  mergedNow(appName: string, userId: string, state: SessionState): SessionState | undefined {
    const app = this.#fresh(appStateKey(appName));
    if (app === undefined) return undefined;
    if (!app.hasUsers) return join(app.state, undefined, state);
    const user = this.#fresh(userStateKey(appName, userId));
    return user === undefined ? undefined : join(app.state, user.state, state);
  }

  /** Makes the shared part of a change; called again with this id soon after, it makes it no more. */
  async change(
    operation: string,
    appName: string,
    userId: string,
    change: ScopedChange,
    id: string,
  ): Promise<void> {
    const { app, user } = change;
    const appKey = appStateKey(appName);
    if (app !== undefined) await this.#write(operation, appKey, app, `${id}/app`);
    if (user === undefined) return;
    // Once it has users, it has them for ever.
    const known = this.#known.get(appKey) ?? (await this.#read(appKey));
    if (!known.shared.hasUsers) {
      await this.#write(operation, appKey, { set: undefined, remove: undefined }, `${id}/users`, true);
    }
    await this.#write(operation, userStateKey(appName, userId), user, `${id}/user`);
  }

  async #merge(appName: string, userId: string, state: SessionState): Promise<SessionState> {
    const app = await this.#sharedOf(appStateKey(appName));
    const user = app.hasUsers ? await this.#sharedOf(userStateKey(appName, userId)) : undefined;
    return join(app.state, user?.state, state);
  }

  #fresh(key: string): Shared | undefined {
    const known = this.#known.get(key);
    if (known === undefined) return undefined;
    return this.#options.clock.monotonicMs() - known.readMs < this.#options.maxAgeMs
      ? known.shared
      : undefined;
  }

  async #sharedOf(key: string): Promise<Shared> {
    const fresh = this.#fresh(key);
    if (fresh !== undefined) return fresh;
    try {
      return (await this.#read(key)).shared;
    } catch (error) {
      const known = this.#known.get(key);
      if (known === undefined || !storeFaults.STORE_UNAVAILABLE.matches(error)) throw error;
      return known.shared;
    }
  }

  async #read(key: string): Promise<Known> {
    const stamp = this.#stamp;
    const readMs = this.#options.clock.monotonicMs();
    const entry = await this.#options.store.get<Shared>(key);
    const known = this.#known.get(key);
    const read = knownOf(entry, readMs, known?.writtenStamp ?? this.#floor);
    if (known !== undefined && known.writtenStamp > stamp) return known;
    return read.writtenStamp > stamp ? read : this.#keep(key, read);
  }

  async #write(
    operation: string,
    key: string,
    change: ChangeOfScope,
    id: string,
    hasUsers?: true,
  ): Promise<void> {
    const { store, clock } = this.#options;
    await this.#lock.run(key, async () => {
      for (let known = this.#known.get(key) ?? (await this.#read(key)); ; ) {
        const { state, applied } = known.shared;
        if (applied.includes(id)) return;
        const readMs = clock.monotonicMs();
        const shared: Shared = {
          ...known.shared,
          ...(hasUsers && { hasUsers }),
          state: changed(state, change),
          applied: [...applied, id].slice(-REMEMBERED),
        };
        this.#checkSize(operation, key, shared.state);
        const result = await store.compareAndSet<Shared>(key, known.revision, shared);
        const { entry } = result.ok ? { entry: { key, value: shared, revision: result.revision } } : result;
        known = this.#keep(key, knownOf(entry, readMs, ++this.#stamp));
        if (result.ok) return;
      }
    });
  }

  #keep(key: string, known: Known): Known {
    this.#known.delete(key);
    this.#known.set(key, known);
    if (this.#known.size > this.#options.maxInMemory) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        this.#floor = ++this.#stamp;
        break;
      }
    }
    return known;
  }

  #checkSize(operation: string, key: string, state: SessionState): void {
    const { maxStateBytes: limit } = this.#options;
    const got = Buffer.byteLength(JSON.stringify(state));
    if (got <= limit) return;
    const reason = `would take ${got} bytes, and ${limit} are allowed: remove names that nobody needs`;
    throw sessionFaults.SESSION_TOO_LARGE({ operation, field: `the state ${key}`, limit, got, reason });
  }
}

function knownOf(entry: Entry<Shared> | undefined, readMs: number, writtenStamp: number): Known {
  const shared = frozen(entry?.value ?? NOTHING);
  return { shared, revision: entry?.revision ?? ABSENT, readMs, writtenStamp };
}

function changed(state: SessionState, { set, remove }: ChangeOfScope): SessionState {
  const next: Record<string, unknown> = { ...state, ...set };
  for (const name of remove ?? []) if (!Object.hasOwn(set ?? {}, name)) delete next[name];
  return next;
}

function join(app: SessionState, user: SessionState | undefined, own: SessionState): SessionState {
  if (app === EMPTY && user === undefined) return own;
  return Object.freeze({ ...app, ...user, ...own });
}

const EMPTY: SessionState = Object.freeze({});
const NOTHING: Shared = Object.freeze({ state: EMPTY, applied: [] });
/** Changes whose ids an entry keeps. */
const REMEMBERED = 64;
