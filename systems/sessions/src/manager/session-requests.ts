import { checkOption } from '@sustain/kernel/options';
import { checkId, checkJson, checkJsonObject, checkObject, checkSessionKey } from '../checks/index.ts';
import { sessionFaults } from '../faults.ts';
import { byScope, type ScopedChange } from '../scoped/index.ts';
import type { SessionEvent, SessionKey, SessionState } from '../session/index.ts';
import type { Removed } from '../storage/index.ts';
import { type SettledManagerOptions, TTL } from './manager-options.ts';
import type { Creation } from './repeatable-creations.ts';
import type { AppendEvent, CreateSession, StateChange } from './session-manager.ts';

/** A session to be made, checked. */
export type NewSession = Creation & {
  /** Of this request: the first attempt makes this incarnation, later ones others, as the first may be deleted by then. */
  readonly id: string;
  readonly ttlMs: number | undefined;
  readonly state: ScopedChange;
  /** The incarnations that attempts have made, or may have, or may yet. */
  readonly sent: string[];
  /** What it shares was changed. */
  isShared: boolean;
};

/** A change to be made, checked; made again it is the same. */
export interface NewChange {
  readonly operation: 'updateSessionState' | 'appendEvent';
  readonly key: SessionKey;
  readonly id: string;
  readonly event: SessionEvent | undefined;
  readonly state: ScopedChange;
  readonly eventBytes: number;
  /** Of what is set in the session's own state. */
  readonly setBytes: number;
  /** Where earlier attempts may have made it, or may yet. */
  readonly sentTo: { readonly incarnation: string; readonly revision: number }[];
  /** What it shares was changed. */
  isShared: boolean;
}

/** A session to be deleted. */
export interface Deletion {
  readonly key: SessionKey;
  /** Which one an earlier attempt may have deleted. */
  sent: Pick<Removed, 'incarnation'> | undefined;
}

/** Checks what callers ask, and takes copies of it, so that an attempt that is made again is the same one. */
export class SessionRequests {
  readonly #settings: SettledManagerOptions;

  constructor(settings: SettledManagerOptions) {
    this.#settings = settings;
  }

  create(operation: string, request: CreateSession): NewSession {
    checkObject(operation, 'the request', request);
    const { newId, maxStateBytes, ttlMs: defaultMs } = this.#settings;
    const { appName, userId, sessionId, creationId, state = {}, ttlMs } = request;
    if (creationId !== undefined) checkId(operation, 'creationId', creationId);
    const id = sessionId === undefined ? (creationId ?? newId()) : sessionId;
    const key = { appName, userId, sessionId: id };
    checkSessionKey(operation, key);
    if (ttlMs !== undefined && ttlMs !== Number.POSITIVE_INFINITY) checkTtl(operation, ttlMs);
    const { value } = checkJsonObject(operation, 'state', state, maxStateBytes);
    const asked = {
      id: newId(),
      ttlMs: ttlMs === Number.POSITIVE_INFINITY ? undefined : (ttlMs ?? defaultMs),
      state: byScope(value, undefined),
      ...{ sent: [], isShared: false },
    };
    if (sessionId === undefined && creationId !== undefined)
      return { ...asked, key, creationId, idIs: 'of the creation' };
    return { ...asked, key, creationId, idIs: sessionId === undefined ? 'new' : 'given' };
  }

  stateChange(given: SessionKey, change: StateChange): NewChange {
    const operation = 'updateSessionState';
    const key = checkSessionKey(operation, given);
    checkObject(operation, 'the change', change);
    const { set, remove, changeId } = change;
    if (changeId !== undefined) checkId(operation, 'changeId', changeId);
    return this.#change({ operation, key, id: changeId, event: undefined, eventBytes: 0 }, set, remove);
  }

  append(given: SessionKey, append: AppendEvent): NewChange {
    const operation = 'appendEvent';
    const key = checkSessionKey(operation, given);
    checkObject(operation, 'the request', append);
    const { maxChangeBytes, clock, newId } = this.#settings;
    const { value, sizeBytes: eventBytes } = checkJsonObject(
      operation,
      'event',
      append.event,
      maxChangeBytes,
    );
    const { id = newId(), timestamp = clock.wallMs() } = value;
    checkId(operation, 'event.id', id);
    if (typeof timestamp !== 'number') {
      const reason = `must be Unix milliseconds; got ${typeof timestamp}`;
      throw sessionFaults.SESSION_REQUEST_INVALID({ operation, field: 'event.timestamp', reason });
    }
    const isWhole = value.id === id && value.timestamp === timestamp;
    const event = isWhole ? (value as SessionEvent) : Object.freeze({ ...value, id, timestamp });
    return this.#change({ operation, key, id, event, eventBytes }, append.stateDelta, undefined);
  }

  #change(
    change: Pick<NewChange, 'operation' | 'key' | 'event' | 'eventBytes'> & {
      readonly id: string | undefined;
    },
    set: SessionState | undefined,
    remove: readonly string[] | undefined,
  ): NewChange {
    const { newId, maxChangeBytes } = this.#settings;
    const { operation } = change;
    const field = operation === 'appendEvent' ? 'stateDelta' : 'set';
    const checked = set === undefined ? undefined : checkJsonObject(operation, field, set, maxChangeBytes);
    const state = byScope(checked?.value, checkRemove(operation, remove, maxChangeBytes));
    const own = state.session.set;
    const isAllOwn = own === checked?.value;
    const setBytes = isAllOwn ? (checked?.sizeBytes ?? 0) : Buffer.byteLength(JSON.stringify(own ?? {}));
    return { ...change, id: change.id ?? newId(), state, setBytes, sentTo: [], isShared: false };
  }
}

function checkRemove(
  operation: string,
  remove: readonly string[] | undefined,
  limitBytes: number,
): readonly string[] | undefined {
  if (remove === undefined) return undefined;
  const names = checkJson(operation, 'remove', remove, limitBytes).value;
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names;
  const reason = 'must be a list of names';
  throw sessionFaults.SESSION_REQUEST_INVALID({ operation, field: 'remove', reason });
}

function checkTtl(operation: string, ttlMs: number): void {
  try {
    checkOption('it', ttlMs, TTL);
  } catch (error) {
    const reason = (error as Error).message.replace('it ', '');
    throw sessionFaults.SESSION_REQUEST_INVALID({ operation, field: 'ttlMs', reason });
  }
}
