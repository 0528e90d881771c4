import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { createOperation, currentOperation, isRetryableError } from '@sustain/kernel';
import { sessionFaults } from '../faults.ts';
import type { Session } from '../session/index.ts';
import { firstRecord } from './first-record.ts';
import type { Orchestration } from './orchestration.ts';
import { orchestrationUnrecorded } from './orchestration-signals.ts';
import type { StartRun } from './orchestrator.ts';
import { keepInput, parseInput } from './parse-input.ts';
import { hasEnded, type Run, type RunOrder } from './run.ts';
import type { RunParts } from './run-parts.ts';
import { placeOf } from './run-reader.ts';
import { runsIn } from './run-state.ts';
import { validateSessionExists } from './validate-session-exists.ts';

/** @internal Checks a request, whole, before anything is kept; then adds the run. As `Orchestrator.start` says. */
export async function startRun(parts: RunParts, request: StartRun, signal?: AbortSignal): Promise<Run> {
  const { manager, queue, clock, random } = parts;
  const { key, idempotencyKey } = request;
  const orchestration = orchestrationOf(parts, request.orchestration);
  const operation = `start ${orchestration.name}`;
  const input = keepInput(operation, request.input, parts.maxInputBytes);
  await parseInput(orchestration, input);
  checkIdempotencyKey(operation, idempotencyKey);
  const session = await validateSessionExists(manager, key, { operation, signal });
  const { appName, userId, sessionId, createdWallMs } = session;
  const order: RunOrder = {
    key: { appName, userId, sessionId },
    sessionCreatedWallMs: createdWallMs,
    orchestration: orchestration.name,
    input,
    addedWallMs: clock.wallMs(),
    ...(idempotencyKey !== undefined && { startKey: startKeyOf(session, orchestration, idempotencyKey) }),
  };
  checkRoom(operation, session, order, parts.keepRuns);
  const part = currentOperation() ?? createOperation(operation, random);
  const { id } = await queue.add(order, { idempotencyKey: order.startKey, operation: part, signal });
  return recordAdded(parts, id, order, operation, part.id);
}

/** The run of a job that was added now, or before with the same key. Its handler may have been faster. */
async function recordAdded(
  parts: RunParts,
  runId: string,
  order: RunOrder,
  operation: string,
  operationId: string,
): Promise<Run> {
  const { queue, records, pipelines, signals } = parts;
  const job = await queue.get(runId);
  if (job !== undefined && !isDeepStrictEqual(job.data.input, order.input)) {
    const reason = 'was used before, with another input: take another one';
    throw sessionFaults.SESSION_REQUEST_INVALID({ operation, field: 'idempotencyKey', reason });
  }
  const first = job?.data ?? order;
  const { writeId } = records.change();
  const orchestration = pipelines.get(order.orchestration);
  const next = firstRecord(runId, first, job?.operationId ?? operationId, orchestration, writeId);
  try {
    const swapped = await records.swap(placeOf({ id: runId, data: first }), undefined, next);
    return swapped.ok ? next : (swapped.run ?? next);
  } catch (error) {
    if (!isRetryableError(error)) {
      await queue.cancel(runId, 'it cannot be recorded in its session');
      throw error;
    }
    // The queue has it, and who runs it records it.
    const { key, orchestration: source } = order;
    const data = { runId, key, doing: 'record that a run was added', error };
    signals.channel(orchestrationUnrecorded).emit(data, { source, operationId });
    return next;
  }
}

function orchestrationOf({ pipelines }: RunParts, name: unknown): Orchestration {
  const orchestration = pipelines.get(name as string);
  if (orchestration !== undefined) return orchestration;
  const got = JSON.stringify(String(name).slice(0, 80));
  const reason = `must be one of ${[...pipelines.keys()].join(', ')}; got ${got}`;
  throw sessionFaults.SESSION_REQUEST_INVALID({ operation: 'start a run', field: 'orchestration', reason });
}

function checkIdempotencyKey(operation: string, key: unknown): void {
  if (key === undefined || (typeof key === 'string' && key.length >= 1 && key.length <= 256)) return;
  const reason = 'must be a text of 1 to 256 characters';
  throw sessionFaults.SESSION_REQUEST_INVALID({ operation, field: 'idempotencyKey', reason });
}

/** One that is there already takes no more room. */
function checkRoom(operation: string, session: Session, { startKey }: RunOrder, limit: number): void {
  const runs = runsIn(session.state);
  if (startKey !== undefined && runs.some((run) => run.startKey === startKey)) return;
  const got = runs.filter((run) => !hasEnded(run)).length + 1;
  if (got <= limit) return;
  const reason = `of this session would be ${got} at once, and ${limit} may be: wait for one, or cancel it`;
  const { sessionId } = session;
  throw sessionFaults.SESSION_TOO_LARGE({ sessionId, operation, field: 'runs', limit, got, reason });
}

/** Of one session and orchestration: the same key elsewhere is another. */
function startKeyOf(
  { appName, userId, sessionId, createdWallMs }: Session,
  { name }: Orchestration,
  idempotencyKey: string,
): string {
  const parts = [appName, userId, sessionId, createdWallMs, name, idempotencyKey];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
