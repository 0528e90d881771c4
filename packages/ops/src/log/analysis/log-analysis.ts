import type { SeverityName } from '@sustain/kernel';
import type { OperationTimes } from './operation-times.ts';
import type { Trend } from './trend.ts';

/** What a log says as a whole. As JSON it is the answer of `sustain logs analyze --json`. */
export interface LogAnalysis {
  readonly entries: number;
  /** Of the first and the last entry; absent when there is none. */
  readonly from?: string;
  readonly to?: string;
  /** Where the second half begins: at most 1 in 64 of the time from its middle. Absent when all was at one time. */
  readonly middle?: string;
  readonly perMinute: number;
  readonly levels: Readonly<Record<SeverityName, number>>;
  /** The most frequent first. */
  readonly faults: readonly FaultSummary[];
  /** Those with the most slow ones first, then the slowest. */
  readonly operations: readonly OperationTimes[];
  /** Those that wrote most first. */
  readonly modules: readonly ModuleSummary[];
  /** The last to begin first. */
  readonly sessions: readonly SessionSummary[];
  /** Entries that stand in no list, as there were too many different ones. */
  readonly leftOut: Readonly<Record<'faults' | 'operations' | 'modules' | 'sessions', number>>;
}

/** All entries at WARNING or above of one module with one error code, or with none; and those that were left out of the log as too many alike. */
export interface FaultSummary {
  readonly errorCode?: string;
  readonly module: string;
  /** The worst. */
  readonly level: SeverityName;
  readonly count: number;
  /** Over the time of the whole analysis. */
  readonly perMinute: number;
  readonly trend: Trend;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly lastMessage: string;
  /** Of the last one that had any: for the timeline. */
  readonly lastOperationId?: string;
}

export interface ModuleSummary {
  readonly module: string;
  readonly entries: number;
  /** At ERROR or above. */
  readonly errors: number;
}

/** A run of a program. */
export interface SessionSummary {
  readonly sessionId: string;
  readonly from: string;
  readonly to: string;
  readonly entries: number;
  /** At ERROR or above. */
  readonly errors: number;
}
