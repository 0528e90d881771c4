import { classify, type FaultJson, type Operation } from '@sustain/kernel';
import type { Job, JobCounts } from '../contract.ts';
import { errorJson } from '../job-json.ts';
import { MAX_PRIORITY } from '../queue-options.ts';
import { FIELD, READ_FIELDS } from './job-scripts.ts';

/** @internal What BullMQ has as a job's data. */
export interface JobEnvelope {
  readonly data: unknown;
  readonly operation: Operation;
  /** Which call of `add` has added it. */
  readonly addedBy: string;
}

/**
 * @internal BullMQ takes lesser numbers first, and 0 before all, in a line of its own: so that all are in one line, none is
 * 0.
 */
export function bullPriority(priority: number): number {
  return 1 + MAX_PRIORITY - priority;
}

/** @internal Of the counts that BullMQ has, by its names of states, and of that which it does not know. */
export function countsFrom(counts: Readonly<Record<string, number>>, cancelled: number): JobCounts {
  const of = (type: string) => counts[type] ?? 0;
  return {
    waiting: of('waiting') + of('prioritized') + of('paused'),
    delayed: of('delayed'),
    running: of('active'),
    completed: of('completed'),
    dead: of('failed'),
    cancelled,
  };
}

/** @internal The job of an answer of READ. */
export function jobFrom(id: string, answer: readonly (string | null)[]): Job {
  const [state, score, ...values] = answer;
  const field = (name: (typeof READ_FIELDS)[number]) => values[READ_FIELDS.indexOf(name)] ?? undefined;
  const envelope = JSON.parse(field('data') ?? '{}') as JobEnvelope;
  const facts = {
    id,
    data: envelope.data,
    priority: 1 + MAX_PRIORITY - Number(field('priority')),
    addedWallMs: Number(field('timestamp')),
    attempts: Math.max(0, Number(field('ats') ?? 0) - Number(field(FIELD.interrupted) ?? 0)),
    operationId: envelope.operation.id,
    ...progressOf(field('progress')),
  };
  const endedWallMs = Number(field('finishedOn') ?? 0);
  const error = errorFrom(field('stacktrace'), field('failedReason'));
  switch (state) {
    case 'completed':
      return { ...facts, state, endedWallMs, result: JSON.parse(field('returnvalue') ?? 'null') };
    case 'dead':
      return { ...facts, state, endedWallMs, error: error ?? errorJson(new Error('not told')) };
    case 'cancelled':
      return { ...facts, state, endedWallMs, reason: field(FIELD.cancelled) ?? field(FIELD.cancel) ?? '' };
    case 'delayed':
      return {
        ...facts,
        state,
        dueWallMs: Math.floor(Number(score) / DELAYED_SCALE),
        ...(error && { error }),
      };
    case 'running': {
      const isCancelling = field(FIELD.cancel) !== undefined;
      return { ...facts, state, startedWallMs: Number(field('processedOn')), isCancelling };
    }
    default:
      return { ...facts, state: 'waiting' };
  }
}

/** BullMQ's scores of delayed jobs are their times, times this, plus a number for their order. */
const DELAYED_SCALE = 4096;

function progressOf(text: string | undefined): { readonly progress?: unknown } {
  const value: unknown = JSON.parse(text ?? '0');
  return typeof value === 'object' && value !== null && 'said' in value ? { progress: value.said } : {};
}

/** What an attempt failed of is in place of its stack; what others have written there is told as well as can be. */
function errorFrom(stacktrace: string | undefined, failedReason: string | undefined): FaultJson | undefined {
  if (failedReason === undefined && stacktrace === undefined) return undefined;
  try {
    const json: unknown = JSON.parse((JSON.parse(stacktrace ?? '[]') as string[]).at(-1) ?? '');
    if (typeof (json as FaultJson).code === 'string') return json as FaultJson;
  } catch {
    // It is a stack, or nothing.
  }
  return classify(new Error(failedReason ?? 'not told')).toJSON();
}
