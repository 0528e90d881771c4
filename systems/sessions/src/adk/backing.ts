import type { SessionKey } from '../session/index.ts';
import type {
  AdkSession,
  Event,
  GetSessionConfig,
  ListSessionsRequest,
  ListSessionsResponse,
} from './adk-types.ts';
import type { AdkSessionsState } from './sessions-state.ts';

/** @internal Where the sessions are. One call a session at a time: who calls holds the session's lock. */
export interface Backing {
  /** Rejects with SESSION_ALREADY_EXISTS. `isNewId`: nobody can have used it before. */
  create(key: SessionKey, state: AdkSession['state'], isNewId: boolean): Promise<Read>;
  /** Undefined when it is known not to exist. */
  read(key: SessionKey, config: GetSessionConfig): Promise<Read | undefined>;
  getOrCreate(key: SessionKey, state: AdkSession['state'], isNewId: boolean): Promise<Read>;
  list(request: ListSessionsRequest): Promise<ListSessionsResponse>;
  /** Harmless when there is none. */
  delete(key: SessionKey): Promise<void>;
  /** Rejects with SESSION_NOT_FOUND, or SESSION_CONCURRENT_ACCESS when what was seen is stale and is to be rejected. */
  append(append: Append): Promise<Appended>;
  state(): Promise<AdkSessionsState>;
  close(): Promise<void>;
}

/** A session as it is now, all of it the caller's own, and the version that it has. */
export interface Read {
  readonly session: AdkSession;
  readonly version: Version;
}

/** Names a state of a session. `revision` is one more with each change. */
export interface Version {
  readonly name: string;
  readonly revision: number;
}

export interface Append {
  readonly key: SessionKey;
  /** As it is to be stored. */
  readonly event: Event;
  readonly seen: Seen;
  readonly onStale: StaleRule;
}

/** What a handle knows of its session. */
export interface Seen {
  /** Undefined: the handle is not one that was given out here, such as a copy. */
  readonly version: Version | undefined;
  readonly lastEventId: string | undefined;
  readonly lastUpdateTime: number;
  readonly hasEvent: boolean;
}

/**
 * What becomes of an event whose session has been changed by somebody else since the handle was read. `reject`: the answer is
 * SESSION_CONCURRENT_ACCESS, and nothing is changed. `rebase`: it is appended at the end, and the handle gets what it missed.
 */
export type StaleRule = 'reject' | 'rebase';

export interface Appended {
  /** Of the session with the event. Undefined: the event was there before, and the handle has not seen all since. */
  readonly version: Version | undefined;
  readonly lastUpdateTime: number;
  /** What the session was before the event, where the handle did not know that: it gets it. */
  readonly missed: AdkSession | undefined;
}
