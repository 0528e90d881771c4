import { classify, isRetryableError, pipeline, retry, timeout, timeoutFaults } from '@sustain/kernel';
import { checkJson } from '../checks/index.ts';
import { sessionFaults } from '../faults.ts';
import { STAGE_TIMEOUT_MS, type Stage, type StageContext } from './orchestration.ts';
import type { RunParts } from './run-parts.ts';

/** @internal What has come of a stage. */
export interface StageOutcome {
  readonly result: unknown;
  readonly isFallback: boolean;
}

/** @internal What the attempts of a stage share; `attempt` is of the first of them. */
export interface StageFacts extends StageContext {
  readonly orchestration: string;
  /** How much of the run's results this one may take. */
  readonly limitBytes: number;
  /** Told of each attempt. */
  readonly begins: (attempt: number) => void;
}

/**
 * @internal Runs a stage until it answers what can be kept, or its retry gives up, or its `onError` answers instead.
 * Rejects with the last error, with STAGE_TIMED_OUT, or with the reason of the signal.
 */
export async function runStage(stage: Stage, facts: StageFacts, parts: RunParts): Promise<StageOutcome> {
  const { retry: retries = {}, timeoutMs = STAGE_TIMEOUT_MS } = stage;
  const { orchestration, signal, operation, limitBytes } = facts;
  const { clock, random, signals } = parts;
  const name = `${orchestration}/${stage.name}`;
  const meaning = (error: unknown) => named(error, stage.name, timeoutMs, name, facts);
  const retryOn = (error: unknown) => (retries.retryOn ?? isRetryableError)(meaning(error));
  const again = retry({ ...definedOf(retries), retryOn });
  const policies = pipeline({ name, clock, random, signals }, again, timeout(timeoutMs));
  const once = pipeline({ name, clock }, timeout(timeoutMs));
  let latest = facts.attempt;
  try {
    const result = await policies.run(
      async (attempt) => {
        latest = facts.attempt + attempt.number - 1;
        facts.begins(latest);
        const context = contextOf(facts, attempt.signal, latest);
        return keepable(await stage.run(context), stage.name, limitBytes);
      },
      { signal, operation },
    );
    return { result, isFallback: false };
  } catch (error) {
    signal.throwIfAborted();
    const final = meaning(error);
    const asked = once.run(
      async (attempt) => stage.onError?.(classify(final), contextOf(facts, attempt.signal, latest)),
      { signal, operation },
    );
    const lesser = await asked.catch((thrown: unknown) => {
      throw meaning(thrown);
    });
    if (lesser === undefined) throw final;
    return { result: keepable(lesser.result, stage.name, limitBytes), isFallback: true };
  }
}

function contextOf(
  { orchestration: _, limitBytes: __, begins: ___, ...facts }: StageFacts,
  signal: AbortSignal,
  attempt: number,
) {
  return { ...facts, signal, attempt };
}

/** What JSON makes of it, or why it can not be kept. */
function keepable(answer: unknown, stage: string, limitBytes: number): unknown {
  const field = `the result of the stage ${stage}`;
  return checkJson('run a stage', field, answer === undefined ? null : answer, limitBytes).value;
}

/** A timeout of ours as what it means here; all else as it is. */
function named(
  error: unknown,
  stage: string,
  timeoutMs: number,
  pipelineName: string,
  facts: StageFacts,
): unknown {
  if (!timeoutFaults.TIMED_OUT.matches(error) || error.context.pipeline !== pipelineName) return error;
  const { key, runId: run, operation } = facts;
  return sessionFaults.STAGE_TIMED_OUT(
    { sessionId: key.sessionId, operation: 'run a stage', reason: 'it took too long', run, stage, timeoutMs },
    { cause: error, operationId: operation.id },
  );
}

/** Without what is undefined, which options of policies may not be. */
function definedOf<Options extends object>(options: Options) {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Options]: NonNullable<Options[Name]>;
  };
}
