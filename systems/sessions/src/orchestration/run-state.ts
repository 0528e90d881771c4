import { z } from 'zod';
import { sessionFaults } from '../faults.ts';
import type { SessionKey, SessionState } from '../session/index.ts';
import { hasEnded, type Run } from './run.ts';

/** @internal The name of a run's record in the state of its session. */
export function stateNameOf(runId: string): string {
  return PREFIX + runId;
}

/** @internal Undefined when there is none. Throws SESSION_STORAGE_CORRUPTED when what is there is none. */
export function runIn(state: SessionState, runId: string, key: SessionKey): Run | undefined {
  const name = stateNameOf(runId);
  const kept = Object.hasOwn(state, name) ? state[name] : undefined;
  if (kept === undefined) return undefined;
  const run = runOf(kept);
  if (run?.runId === runId) return run;
  throw sessionFaults.SESSION_STORAGE_CORRUPTED({
    sessionId: key.sessionId,
    operation: 'read a run',
    key: name,
    reason: 'it is no record of a run, so somebody else has written it',
  });
}

/** @internal All that are readable, in the order of their coming. */
export function runsIn(state: SessionState): readonly Run[] {
  const runs = Object.keys(state)
    .filter((name) => name.startsWith(PREFIX))
    .flatMap((name) => runOf(state[name]) ?? []);
  return runs.sort((a, b) => a.addedWallMs - b.addedWallMs || (a.runId < b.runId ? -1 : 1));
}

/** @internal The names of those that are too many once `runId` is there: of those that have ended, the oldest. */
export function surplusIn(state: SessionState, runId: string, keepRuns: number): readonly string[] {
  const others = runsIn(state).filter((run) => run.runId !== runId);
  const tooMany = Math.max(0, others.length + 1 - keepRuns);
  const ended = others.filter(hasEnded).sort((a, b) => a.endedWallMs - b.endedWallMs);
  return ended.slice(0, tooMany).map((run) => stateNameOf(run.runId));
}

const PREFIX = 'orchestration:';

function runOf(kept: unknown): Run | undefined {
  const { success } = runSchema.safeParse(kept);
  return success ? (kept as Run) : undefined;
}

const error = z.looseObject({ code: z.string(), message: z.string() });
const stage = z.discriminatedUnion('state', [
  z.looseObject({
    state: z.literal(['waiting', 'running', 'cancelled']),
    name: z.string(),
    attempts: z.number(),
  }),
  z.looseObject({
    state: z.literal('completed'),
    name: z.string(),
    attempts: z.number(),
    result: z.unknown(),
  }),
  z.looseObject({ state: z.literal('failed'), name: z.string(), attempts: z.number(), error }),
]);
const facts = {
  runId: z.string(),
  orchestration: z.string(),
  addedWallMs: z.number(),
  attempts: z.number(),
  operationId: z.string(),
  stages: z.array(stage),
  writeId: z.string(),
};
const runSchema = z.discriminatedUnion('state', [
  z.looseObject({ ...facts, state: z.literal('waiting'), error: error.optional() }),
  z.looseObject({ ...facts, state: z.literal('running'), startedWallMs: z.number(), isResumed: z.boolean() }),
  z.looseObject({ ...facts, state: z.literal('completed'), endedWallMs: z.number() }),
  z.looseObject({ ...facts, state: z.literal('failed'), endedWallMs: z.number(), error }),
  z.looseObject({ ...facts, state: z.literal('cancelled'), endedWallMs: z.number(), reason: z.string() }),
]);
