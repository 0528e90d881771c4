import type { Clock, Random } from '@sustain/kernel';
import { sessionFaults } from '../faults.ts';
import type { SessionManager } from '../manager/index.ts';
import type { Session, SessionKey } from '../session/index.ts';
import type { Run } from './run.ts';
import { runIn, stateNameOf, surplusIn } from './run-state.ts';

/** @internal Where a run's record is. */
export interface RunPlace {
  readonly key: SessionKey;
  readonly sessionCreatedWallMs: number;
  readonly runId: string;
}

/** @internal What a record is written upon. Undefined: nobody has written one before; `taken-out`: somebody has taken it out. */
export type Before = Run | 'taken-out' | undefined;

/** @internal Whether it was written; if not, what is there instead: undefined when somebody has taken it out. */
export type Swapped = { readonly ok: true } | { readonly ok: false; readonly run: Run | undefined };

/**
 * @internal The records of runs, in the states of their sessions. A record is written only by who has seen the one before
 * (`writeId`), once however often it is tried, and without ever refusing what users do with the session, or waiting for it:
 * the change is named after what it is written upon, and of its last 256 changes a session has no two of one name.
 */
export class RunRecords {
  readonly #manager: SessionManager;
  readonly #keepRuns: number;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(manager: SessionManager, keepRuns: number, clock: Clock, random: Random) {
    this.#manager = manager;
    this.#keepRuns = keepRuns;
    this.#clock = clock;
    this.#random = random;
  }

  /** For a change that is made now. */
  change(): { readonly writeId: string; readonly wallMs: number } {
    return { writeId: nonce(this.#random), wallMs: this.#clock.wallMs() };
  }

  /** Rejects with SESSION_NOT_FOUND, also when there is another session of this id. */
  async session({ key, sessionCreatedWallMs }: RunPlace, signal?: AbortSignal): Promise<Session> {
    const session = await this.#manager.getSession(key, { numRecentEvents: 0, signal });
    if (session.createdWallMs === sessionCreatedWallMs) return session;
    throw sessionFaults.SESSION_NOT_FOUND({
      sessionId: key.sessionId,
      operation: 'go on with a run',
      reason: 'it was deleted, and another one was created under its id',
    });
  }

  async read(place: RunPlace, signal?: AbortSignal): Promise<Run | undefined> {
    const { state } = await this.session(place, signal);
    return runIn(state, place.runId, place.key);
  }

  /** Writes `next` if what is there is `before`, and nobody has written upon that yet. */
  async swap(place: RunPlace, before: Before, next: Run, signal?: AbortSignal): Promise<Swapped> {
    for (let lostAnswers = 0; ; lostAnswers++) {
      const { state } = await this.session(place, signal);
      const run = runIn(state, place.runId, place.key);
      if (run?.writeId === next.writeId) return { ok: true };
      if (run?.writeId !== writeIdOf(before)) return { ok: false, run };
      try {
        const remove = surplusIn(state, place.runId, this.#keepRuns);
        if (await this.#write(place, before, next, remove, signal)) return { ok: true };
        const there = await this.read(place, signal);
        return there?.writeId === next.writeId ? { ok: true } : { ok: false, run: there };
      } catch (error) {
        const isLost = sessionFaults.SESSION_OUTCOME_UNKNOWN.matches(error);
        if (!isLost || lostAnswers === MAX_LOST_ANSWERS) throw error;
      }
    }
  }

  /** Whether it was done now: not, when somebody has written upon the same one before. */
  async #write(
    { key, runId }: RunPlace,
    before: Before,
    next: Run,
    remove: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const set = { [stateNameOf(runId)]: next };
    const change = { set, remove, changeId: `${runId}:${nameOf(before)}` };
    return !(await this.#manager.updateSessionState(key, change, { signal })).isRepeated;
  }
}

const MAX_LOST_ANSWERS = 3;

function writeIdOf(before: Before): string | undefined {
  return typeof before === 'object' ? before.writeId : undefined;
}

function nameOf(before: Before): string {
  return typeof before === 'object' ? before.writeId : (before ?? 'first');
}

/** 64 random bits in hexadecimal. */
function nonce(random: Random): string {
  let digits = '';
  while (digits.length < 16) digits += (((1 + random.next()) * 0x10000) | 0).toString(16).slice(1);
  return digits;
}
