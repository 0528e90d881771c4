import type { Backoff, Fault, Operation } from '@sustain/kernel';
import { COUNT, checkOptions, FUNCTION, POSITIVE } from '@sustain/kernel/options';
import type { z } from 'zod';
import type { Session, SessionKey } from '../session/index.ts';

/** A job in stages over a session: what its input must be, and what is done, in order. Made by `defineOrchestration`. */
export interface Orchestration<Input = unknown> {
  /** 1 to 64 letters, digits, `_` and `-`, a letter first: what `start` calls it, also after a restart. */
  readonly name: string;
  /** What every input is checked with, before anything is stored, and again before each attempt. */
  readonly input: z.ZodType<Input>;
  /** 1 to 32. Their names are like the orchestration's, each once: by them a run goes on after a restart. */
  readonly stages: readonly Stage<Input>[];
}

/** One step. What it answers is kept in the session; a stage whose answer is kept is never run again. */
export interface Stage<Input = unknown> {
  readonly name: string;
  /**
   * Answers JSON; undefined becomes null. It may be run more than once: after an error, and when the process died, or the
   * queue was closed, before its answer was kept (`attempt`, `isResumed`). So what it does to the outside must bear that:
   * changes of the session, with a `changeId` made of `runId` and the stage's name. It must end when its signal aborts.
   */
  run(context: StageContext<Input>): Promise<unknown> | unknown;
  /** How errors are tried again before the run is put off. Default: 3 attempts, 100 ms and 200 ms between them. */
  readonly retry?: StageRetry | undefined;
  /** How long each attempt may take: then STAGE_TIMED_OUT. Above 0. Default 600,000. */
  readonly timeoutMs?: number | undefined;
  /**
   * Asked when the retry has given up. What it answers as `result` is kept as a lesser result, and the run goes on;
   * with undefined the error counts. One that it throws counts instead, and so does STAGE_TIMED_OUT when it takes longer than
   * an attempt may.
   */
  onError?(error: Fault, context: StageContext<Input>): Promise<StageFallback> | StageFallback;
}

export type StageFallback = { readonly result: unknown } | undefined;

export interface StageRetry {
  /** Attempts in all. A whole number, 1 or more. Default 3. */
  readonly maxAttempts?: number | undefined;
  /** Default `exponential()`: 100 ms, 200 ms …, full jitter. */
  readonly backoff?: Backoff | undefined;
  /** Default `isRetryableError`: a fault says so itself. */
  readonly retryOn?: ((error: unknown) => boolean) | undefined;
}

/** What a stage is given. */
export interface StageContext<Input = unknown> {
  readonly runId: string;
  readonly input: Input;
  readonly key: SessionKey;
  /** As it was right before the stage began, without its events: the manager has them. */
  readonly session: Session;
  /** Of the stages before, by name. */
  readonly results: Readonly<Record<string, unknown>>;
  /** 1 the first time this stage is run in this run, counting those that a crash ended. */
  readonly attempt: number;
  /** Whether it was begun before, by a process that died, was stopped, or put the run off. */
  readonly isResumed: boolean;
  /** Aborts when the run is cancelled, the stage takes too long, or the process stops. */
  readonly signal: AbortSignal;
  readonly operation: Operation;
  /** Says how much of the stage is done, 0 to 1. Throws a RangeError or TypeError for anything else. */
  progress(ratio: number): void;
}

/** Checks it, and answers it as it is. Throws a RangeError or TypeError that says what is wrong. */
export function defineOrchestration<Input>(orchestration: Orchestration<Input>): Orchestration<Input> {
  const { name, input, stages } = orchestration;
  checkName('an orchestration', name);
  checkOptions(`orchestration ${name}`, { 'input.safeParse': [input?.safeParse ?? null, FUNCTION] });
  if (!Array.isArray(stages) || stages.length === 0 || stages.length > MAX_STAGES) {
    throw new RangeError(`stages of the orchestration ${name} must be 1 to ${MAX_STAGES} stages`);
  }
  const names = new Set<string>();
  for (const stage of stages) {
    checkStage(name, stage);
    if (names.has(stage.name)) {
      throw new RangeError(
        `stages of the orchestration ${name} must have names of their own; got ${stage.name} twice`,
      );
    }
    names.add(stage.name);
  }
  return orchestration;
}

/** @internal How long an attempt of a stage may take when nobody has said it. */
export const STAGE_TIMEOUT_MS = 600_000;

const MAX_STAGES = 32;
const NAME = /^[a-z][\w-]{0,63}$/i;

function checkStage(
  orchestration: string,
  { name, run, retry, timeoutMs = STAGE_TIMEOUT_MS, onError }: Stage<never>,
) {
  checkName(`a stage of the orchestration ${orchestration}`, name);
  checkOptions(`stage ${name} of the orchestration ${orchestration}`, {
    run: [run ?? null, FUNCTION],
    onError: [onError, FUNCTION],
    timeoutMs: [timeoutMs, POSITIVE],
    'retry.maxAttempts': [retry?.maxAttempts ?? 1, COUNT],
    'retry.backoff': [retry?.backoff, FUNCTION],
    'retry.retryOn': [retry?.retryOn, FUNCTION],
  });
}

function checkName(of: string, name: unknown): void {
  if (typeof name === 'string' && NAME.test(name)) return;
  throw new RangeError(
    `the name of ${of} must be 1 to 64 letters, digits, _ and -, a letter first; got ${String(name).slice(0, 80)}`,
  );
}
