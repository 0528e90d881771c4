import type { SessionKey } from '../session/index.ts';

/**
 * One run of an orchestration, as it is kept in the state of its session under `orchestration:<runId>`, by `state`. The
 * last three are ends.
 */
export type Run = RunFacts &
  (
    | {
        readonly state: 'waiting';
        /** What the attempt before has failed of: another one follows. */
        readonly error?: ErrorInfo | undefined;
      }
    | {
        readonly state: 'running';
        readonly startedWallMs: number;
        /** Whether an attempt before was broken off, or put off: it goes on after the last finished stage. */
        readonly isResumed: boolean;
      }
    | { readonly state: 'completed'; readonly endedWallMs: number }
    | { readonly state: 'failed'; readonly endedWallMs: number; readonly error: ErrorInfo }
    | {
        readonly state: 'cancelled';
        readonly endedWallMs: number;
        readonly reason: string;
        /** Where it was not somebody's wish: SESSION_NOT_FOUND. */
        readonly error?: ErrorInfo | undefined;
      }
  );

export type EndedRun = Extract<Run, { readonly endedWallMs: number }>;
/** @internal */
export type CancelledRun = Extract<Run, { readonly state: 'cancelled' }>;
export type RunState = Run['state'];

interface RunFacts {
  readonly runId: string;
  readonly orchestration: string;
  readonly addedWallMs: number;
  /** How often it was begun. */
  readonly attempts: number;
  readonly operationId: string;
  /** Of the idempotency key that it was started with, where it was. */
  readonly startKey?: string | undefined;
  /** In their order. */
  readonly stages: readonly StageRecord[];
  /** Names exactly this state of this record: who writes the next one has seen this one. */
  readonly writeId: string;
}

/** What has become of a stage, by `state`. */
export type StageRecord = {
  readonly name: string;
  /** How often it was begun, as far as that is known: the last ones of a process that died may be missing. */
  readonly attempts: number;
} & (
  | { readonly state: 'waiting' }
  | { readonly state: 'running'; readonly startedWallMs: number }
  | {
      readonly state: 'completed';
      readonly endedWallMs: number;
      readonly result: unknown;
      /** Whether it is what `onError` has answered instead. */
      readonly isFallback: boolean;
    }
  | { readonly state: 'failed'; readonly error: ErrorInfo }
  | { readonly state: 'cancelled' }
);

/** An error as it is kept in a session and shown to its user's programs: no stack, no cause, no secret. */
export interface ErrorInfo {
  readonly code: string;
  /** What went wrong, for people: of errors that nobody declared, only their name. */
  readonly message: string;
  readonly severity: 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL';
  /** Whether the same may succeed when it is done again. */
  readonly retryable: boolean;
  readonly operationId: string;
  /** What was being done. */
  readonly operation: string;
  readonly stage?: string | undefined;
  readonly wallMs: number;
}

/** How far a run is, as its stages say. */
export interface RunProgress {
  readonly stage: string;
  /** Of the stage, from 1, and how many there are. */
  readonly number: number;
  readonly of: number;
  /** Of all stages together, each alike: 0 to 100, whole. */
  readonly percent: number;
}

/** What a job of an orchestration carries. */
export interface RunOrder {
  readonly key: SessionKey;
  /** When the session was created, so that another one of the same id is not taken for it. */
  readonly sessionCreatedWallMs: number;
  readonly orchestration: string;
  /** As it was given. */
  readonly input: unknown;
  readonly addedWallMs: number;
  readonly startKey?: string | undefined;
}

export function hasEnded(run: Run): run is EndedRun {
  return 'endedWallMs' in run;
}
