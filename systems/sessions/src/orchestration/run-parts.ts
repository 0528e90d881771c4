import type { JobQueue } from '@sustain/jobs';
import {
  type Clock,
  type ErrorHandler,
  exponential,
  noSignals,
  type Pipeline,
  pipeline,
  type Random,
  retry,
  type SignalSink,
  systemClock,
  systemRandom,
} from '@sustain/kernel';
import { COUNT, checkOptions, POSITIVE } from '@sustain/kernel/options';
import { sessionFaults } from '../faults.ts';
import type { SessionManager } from '../manager/index.ts';
import { defineOrchestration, type Orchestration } from './orchestration.ts';
import type { OrchestratorOptions } from './orchestrator.ts';
import type { RunOrder, RunProgress } from './run.ts';
import { RunRecords } from './run-records.ts';

/** @internal What the parts of an orchestrator share. */
export interface RunParts {
  readonly manager: SessionManager;
  readonly queue: JobQueue<RunOrder, null, RunProgress>;
  readonly pipelines: ReadonlyMap<string, Orchestration>;
  readonly records: RunRecords;
  /** Waits for a session that cannot be reached. */
  readonly patiently: Pipeline;
  readonly errors: ErrorHandler | undefined;
  readonly maxAttempts: number;
  readonly maxResultBytes: number;
  readonly maxInputBytes: number;
  readonly keepRuns: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly signals: SignalSink;
}

/** @internal Throws a RangeError or TypeError when an option is out of range. */
export function runParts(options: OrchestratorOptions): RunParts {
  const { manager, queue, errors, maxAttempts = 3, patienceMs = 60_000, keepRuns = 10 } = options;
  const { maxResultBytes = 32_768, maxInputBytes = 32_768 } = options;
  const { clock = systemClock, random = systemRandom, signals = noSignals } = options;
  checkOptions('orchestrator', {
    maxAttempts: [maxAttempts, COUNT],
    patienceMs: [patienceMs, POSITIVE],
    maxResultBytes: [maxResultBytes, COUNT],
    maxInputBytes: [maxInputBytes, COUNT],
    keepRuns: [keepRuns, { ...COUNT, most: 100 }],
  });
  const patience = retry({
    maxAttempts: Number.MAX_SAFE_INTEGER,
    maxElapsedMs: patienceMs,
    backoff: exponential({ baseMs: 200, maxMs: 5000 }),
    retryOn: sessionFaults.SESSION_SERVICE_UNAVAILABLE.matches,
  });
  return {
    ...{
      manager,
      queue,
      errors,
      maxAttempts,
      maxResultBytes,
      maxInputBytes,
      keepRuns,
      clock,
      random,
      signals,
    },
    pipelines: byName(options.pipelines),
    records: new RunRecords(manager, keepRuns, clock, random),
    patiently: pipeline({ name: 'sessions.orchestration', clock, random, signals }, patience),
  };
}

function byName(pipelines: readonly Orchestration[]): ReadonlyMap<string, Orchestration> {
  const map = new Map<string, Orchestration>();
  for (const given of pipelines) {
    const orchestration = defineOrchestration(given);
    const { name } = orchestration;
    if (map.has(name)) {
      throw new RangeError(`pipelines of the orchestrator must have names of their own; got ${name} twice`);
    }
    map.set(name, orchestration);
  }
  return map;
}
