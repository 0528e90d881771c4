import type { CauseKind, DrillLimits } from './drill.ts';

/** What came of one drill. The JSON line of the command has these, and leaves out what is for reports only. */
export interface DrillResult {
  readonly system: string;
  /** The code. */
  readonly fault: string;
  readonly drill: string;
  /** Whether all that was to hold did. */
  readonly ok: boolean;
  /** Whether it was useful again without a person. */
  readonly recovered: boolean;
  /** Whether what was useful first was a lesser source. */
  readonly fallback: boolean;
  /** Injected → signal, or a user's error. Null when the fault was not seen. */
  readonly detectMs: number | null;
  /** Signal → useful output again. Null when it was not useful before its cause was ended by the person that the runner plays. */
  readonly recoveryMs: number | null;
  /** Cause gone → full function. Null when it was never reached. */
  readonly restoreMs: number | null;
  /** What failed, in words; what stood for something else; otherwise what was seen. */
  readonly detail: string;

  readonly kind: CauseKind;
  /** Of the fault's declaration: the recovery's name, and whether it is to work without a person. */
  readonly recovery: string;
  readonly autoRecoverable: boolean;
  readonly breaks: string;
  readonly recovers: string;
  readonly notices: string;
  readonly limits: DrillLimits;
  /** What was done instead of the real thing, if anything. */
  readonly substitutes: readonly string[];
  readonly unhandled: number;
  readonly contextLost: number;
  /** In order; `atMs` from the start of the injection. */
  readonly timeline: readonly DrillMoment[];
  /** The command that does it again. */
  readonly replay: string;
}

export interface DrillMoment {
  readonly atMs: number;
  readonly what:
    | 'injected'
    | 'detected'
    | 'recovered'
    | 'cause-gone'
    | 'restored'
    | 'signal' // of any kind
    | 'used' // well, or by fallback
    | 'failed'; // a use of the subject
  /** In words: the type and source of a signal, the error of a use. */
  readonly text: string;
}

export interface Times {
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** The last line of the command. */
export interface DrillSummary {
  readonly drills: number;
  readonly ok: number;
  readonly faultsDeclared: number;
  /** Those seen in a drill of theirs that was ok. */
  readonly faultsCovered: number;
  /** The share of drills of `autoRecoverable` faults that recovered, 0..1. 1 when there were none. */
  readonly automatedRecovery: number;
  /** Errors that nobody handled or classified, in all drills. */
  readonly unhandled: number;
  /** Faults seen that had lost their operation, component, context or cause. */
  readonly contextLost: number;
  readonly detectMs: Times;
  readonly recoveryMs: Times;
  readonly restoreMs: Times;
}
