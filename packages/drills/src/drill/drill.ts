import type { AnyFaultFactory, Random, Signals } from '@sustain/kernel';
import type { Injection } from '../injection/index.ts';

/** What a use of a subject brought: what it promises, or a lesser source of it. */
export type Useful = 'full' | 'fallback';

/**
 * A real system, or a part of one, that is private to the drill: started for it, closed after it.
 */
export interface DrillSubject {
  /** Says that it may be broken; the runner refuses what does not say so (NOT_DRILLABLE). */
  readonly drillable: true;
  /** The bus on which it tells its faults. */
  readonly signals: Signals;
  /**
   * One use, as its users make it, in an operation of its own. Success is expected output seen, not “no exception”.
   * Rejects with what a user would get. Called again and again, one at a time, before, while and after it is broken;
   * `signal` aborts when the runner no longer waits.
   */
  use(signal: AbortSignal): Promise<Useful>;
  /** Ends all of it. Called once. */
  close(): Promise<void> | void;
}

/** What a drill works with besides its subject. */
export interface Scene {
  /** All chance of the drill, from the run's seed and the drill's name. */
  readonly random: Random;
  /** Aborts when the drill is over or cancelled. */
  readonly signal: AbortSignal;
  /** A temporary folder of the drill, removed after it. */
  folder(): string;
  /**
   * From now on it is broken: what `inject` has done until then was preparation, and what was seen until then does not
   * count. Default: from when `inject` is called.
   */
  begin(): void;
  /** Hands over what is broken now: it is the drill's cause, and ends when the runner says so. Answers it. */
  inject<I extends Injection>(injection: I): I;
  /**
   * Does something as a user would, in an operation of its own, and notes the fault that it rejects with, which is one
   * way of detecting. Answers what it came to; never rejects, except when the drill is cancelled.
   */
  attempt<T>(work: () => Promise<T> | T): Promise<Attempted<T>>;
  /** Has something closed after the drill, the last first. */
  defer(close: () => Promise<void> | void): void;
}

export type Attempted<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: unknown };

/** What kind of thing is broken: reports group by it. */
export type CauseKind =
  | 'code' // a function throws, hangs, or answers wrongly
  | 'input' // what a client sends
  | 'network'
  | 'process'
  | 'server' // a database or another server
  | 'disk'
  | 'load' // CPU, memory, event loop
  | 'time'
  | 'configuration';

export interface DrillDeclaration<Subject extends DrillSubject = DrillSubject> {
  /** Unique within its system, kebab-case. */
  readonly name: string;
  /** What must be detected, made by the code under test; never thrown by the drill itself. */
  readonly fault: AnyFaultFactory;
  readonly kind: CauseKind;
  /** What is broken, in words: `SIGKILL to the synthesis process`. */
  readonly breaks: string;
  /** What is done about it, in words: `its supervisor starts the next one, which renders the same phrase`. */
  readonly recovers: string;
  /** What a user notices, in words: `nothing`. */
  readonly notices: string;
  /** Starts the subject. Rejects when the machine lacks what it needs. */
  readonly subject: (scene: Scene) => Promise<Subject> | Subject;
  /**
   * Breaks something below classification. What lasts is handed to `scene.inject`; a cause that is over at once (a
   * kill, a bad request) needs no more than to be caused.
   */
  readonly inject: (subject: Subject, scene: Scene) => Promise<void> | void;
  /**
   * How long what `inject` handed over lasts. Default: until the subject is useful again in spite of it, as with a
   * fallback. For what can only come back when its cause is gone: ms, after detection.
   */
  readonly lastsMs?: number;
  /**
   * What must hold while it is broken: throws otherwise. Called after every use between detection and the cause's end, one
   * call at a time, and once right before that end.
   */
  readonly whileBroken?: (subject: Subject, scene: Scene) => Promise<void> | void;
  /** What must hold after: throws otherwise. Called once, when all is well again. */
  readonly afterwards?: (subject: Subject, scene: Scene) => Promise<void> | void;
  /** Within how long. Default: `defaultLimits`. */
  readonly limits?: Partial<DrillLimits>;
  /** How the recovery is removed; the drill must then fail. */
  readonly sabotage: Sabotage;
}

export interface DrillLimits {
  /** From when the subject is there to its first full use, in which the fault is not seen. */
  readonly startMs: number;
  /** From the injection to the signal, or to a user's error. */
  readonly detectMs: number;
  /** From there to useful output, `lastsMs` included. For a fault that is not `autoRecoverable` it is not asked. */
  readonly recoveryMs: number;
  /** From the end of the cause to full function. */
  readonly restoreMs: number;
}

export const defaultLimits: DrillLimits = {
  startMs: 30_000,
  detectMs: 1000,
  recoveryMs: 1000,
  restoreMs: 5000,
};

/**
 * An edit of one source file that removes what recovers, applied when the file is loaded, in a process of its own. The
 * text must occur exactly once in the file.
 */
export interface Sabotage {
  /** The source file: `new URL('./recovery.ts', import.meta.url)`. */
  readonly file: URL;
  readonly replace: string;
  readonly by: string;
}

/** A drill that was checked. */
export type Drill = DrillDeclaration;

/** Checks a declaration; throws a TypeError that names what is wrong. */
export function drill<Subject extends DrillSubject>(declaration: DrillDeclaration<Subject>): Drill {
  const { name } = declaration;
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) {
    throw new TypeError(
      `a drill's name is in small letters, digits and hyphens; got ${JSON.stringify(name)}`,
    );
  }
  return declaration as unknown as Drill;
}
