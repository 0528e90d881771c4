import { BoundedMap } from '../../bounded-map.ts';
import { scopeOf } from '../../scoped/index.ts';
import type { SessionKey } from '../../session/index.ts';
import type { AdkSession, Event, GetSessionConfig } from '../adk-types.ts';
import type { Version } from '../backing.ts';
import { nameOf } from '../lock-names.ts';
import { copyOf } from '../stored-form.ts';

/** @internal A session as it was when it was last looked at, with what was written since. */
export interface KnownSession {
  readonly key: SessionKey;
  /** Of this knowledge: what is forgotten and learned again is another one, and so is a session that was made anew. */
  readonly epoch: number;
  readonly revision: number;
  /** In the order in which they were appended, as far as that is known. */
  readonly events: readonly Event[];
  readonly ids: ReadonlySet<string>;
  /** Without what is shared with others. */
  readonly state: AdkSession['state'];
  readonly lastUpdateTime: number;
}

/** Changed in place, as a session may have many events. */
interface Growing extends KnownSession {
  revision: number;
  readonly events: Event[];
  readonly ids: Set<string>;
  lastUpdateTime: number;
}

export interface KnownLimits {
  readonly maxKnownSessions: number;
  readonly maxKnownEvents: number;
}

/** @internal What is known of sessions: for stale handles, and to go on with while ADK's service is away. Bounded. */
export class KnownSessions {
  readonly #sessions: BoundedMap<Growing>;
  /** When a session was seen not to exist: monotonic time. */
  readonly #absent: BoundedMap<number>;
  /** State that sessions share: of applications, and of users. */
  readonly #shared: BoundedMap<AdkSession['state']>;
  #epochs = 0;

  constructor({ maxKnownSessions, maxKnownEvents }: KnownLimits, isKept: (name: string) => boolean) {
    const limits = { entries: maxKnownSessions, weight: maxKnownEvents + maxKnownSessions };
    this.#sessions = new BoundedMap(limits, isKept);
    this.#absent = new BoundedMap({ entries: maxKnownSessions });
    this.#shared = new BoundedMap({ entries: 2 * maxKnownSessions });
  }

  get size(): number {
    return this.#sessions.size;
  }

  find(key: SessionKey): KnownSession | undefined {
    return this.#sessions.get(nameOf(key));
  }

  absentSinceMs(key: SessionKey): number | undefined {
    return this.#absent.get(nameOf(key));
  }

  /** The session is as ADK's service says. */
  learn(key: SessionKey, session: AdkSession): KnownSession {
    const { events, state, lastUpdateTime } = copyOf(session);
    const known = this.#sessions.get(nameOf(key));
    const ids = new Set(events.map(({ id }) => id));
    const own: AdkSession['state'] = {};
    const app: AdkSession['state'] = {};
    const user: AdkSession['state'] = {};
    const parts = { session: own, app, user, temp: own };
    for (const [name, value] of Object.entries(state)) parts[scopeOf(name)][name] = value;
    this.#shared.set(appName(key), app);
    this.#shared.set(userName(key), user);
    if (known === undefined || known.events.some(({ id }) => !ids.has(id))) {
      return this.#keep({ key, epoch: ++this.#epochs, revision: 1, events, ids, state: own, lastUpdateTime });
    }
    const revision = known.revision + (known.ids.size === ids.size ? 0 : 1);
    return this.#keep({
      ...known,
      revision,
      events: inOrder(known, events),
      ids,
      state: own,
      lastUpdateTime,
    });
  }

  /** The event has been written, here or into the journal. */
  appended(key: SessionKey, event: Event, lastUpdateTime: number): KnownSession | undefined {
    const known = this.#sessions.get(nameOf(key));
    if (known === undefined) return undefined;
    for (const [name, value] of Object.entries(event.actions?.stateDelta ?? {})) {
      this.#set(key, known.state, name, value);
    }
    known.events.push(event);
    known.ids.add(event.id);
    known.revision++;
    known.lastUpdateTime = lastUpdateTime;
    return this.#keep(known);
  }

  /** The session has been created, and the journal has it. */
  created(key: SessionKey, given: AdkSession['state'], lastUpdateTime: number): KnownSession {
    const state: AdkSession['state'] = {};
    for (const [name, value] of Object.entries(given)) this.#set(key, state, name, value);
    const epoch = ++this.#epochs;
    return this.#keep({ key, epoch, revision: 1, events: [], ids: new Set(), state, lastUpdateTime });
  }

  gone(key: SessionKey, nowMs: number): void {
    this.#sessions.delete(nameOf(key));
    this.#absent.set(nameOf(key), nowMs);
  }

  forget(key: SessionKey): void {
    this.#sessions.delete(nameOf(key));
    this.#absent.delete(nameOf(key));
  }

  /** As ADK gives it, and the caller's own. */
  sessionOf(known: KnownSession, config: GetSessionConfig = {}): AdkSession {
    const { appName: app, userId, sessionId } = known.key;
    const shared = { ...this.#shared.get(appName(known.key)), ...this.#shared.get(userName(known.key)) };
    return {
      id: sessionId,
      appName: app,
      userId,
      state: copyOf({ ...known.state, ...shared }),
      events: copyOf([...wanted(known.events, config)]),
      lastUpdateTime: known.lastUpdateTime,
    };
  }

  #keep(known: Growing): KnownSession {
    const name = nameOf(known.key);
    this.#absent.delete(name);
    this.#sessions.set(name, known, 1 + known.events.length);
    return known;
  }

  #set(key: SessionKey, own: AdkSession['state'], name: string, value: unknown): void {
    const scope = scopeOf(name);
    if (scope !== 'app' && scope !== 'user') {
      own[name] = value;
      return;
    }
    const of = scope === 'app' ? appName(key) : userName(key);
    this.#shared.set(of, { ...this.#shared.get(of), [name]: value });
  }
}

/** @internal */
export function versionOf({ epoch, revision }: KnownSession): Version {
  return { name: `${epoch}`, revision };
}

/** The last so many, of those from this time on. */
function wanted(
  events: readonly Event[],
  { numRecentEvents, afterTimestamp }: GetSessionConfig,
): readonly Event[] {
  const late =
    afterTimestamp === undefined ? events : events.filter(({ timestamp }) => timestamp >= afterTimestamp);
  return numRecentEvents === undefined ? late : late.slice(Math.max(0, late.length - numRecentEvents));
}

/** ADK's database orders them by time, and equal ones by chance: known ones stay where they are, others come after. */
function inOrder(known: KnownSession, events: readonly Event[]): Event[] {
  const byId = new Map(events.map((event) => [event.id, event]));
  const before = known.events.map(({ id }) => byId.get(id) as Event);
  return [...before, ...events.filter(({ id }) => !known.ids.has(id))];
}

function appName({ appName }: SessionKey): string {
  return JSON.stringify([appName]);
}

function userName({ appName, userId }: SessionKey): string {
  return JSON.stringify([appName, userId]);
}
