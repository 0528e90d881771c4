import { STATUS_CODES } from 'node:http';
import {
  type Clock,
  classify,
  type ErrorHandler,
  type ErrorResponse,
  type Fault,
  faultRaised,
  isCancelled,
  noSignals,
  type SignalSink,
  systemClock,
} from '@sustain/kernel';
import type { Problem } from '@sustain/ops/server';
import { statusOf } from '../fault-statuses.ts';
import type { SessionKey } from '../session/index.ts';
import { errorInfo } from './error-info.ts';
import type { ErrorInfo } from './run.ts';

/** Where an error happened, and who is to hear of it. */
export interface OrchestrationErrorContext {
  /** What was being done, for people: `run a stage`. */
  readonly operation: string;
  readonly key?: SessionKey | undefined;
  readonly run?: string | undefined;
  readonly orchestration?: string | undefined;
  readonly stage?: string | undefined;
  /** Of the run. */
  readonly attempt?: number | undefined;
  readonly operationId: string;
  /** Writes what is known of the error into the session. Default: nothing is written. */
  readonly record?: ((info: ErrorInfo) => Promise<unknown>) | undefined;
  /** Told of the error, and recovers from it. Default: it is said as `fault.raised`. */
  readonly errors?: ErrorHandler | undefined;
  readonly clock?: Clock | undefined;
  readonly signals?: SignalSink | undefined;
}

/** What became of an error: the standard answer, what the session keeps of it, and what a client is told. */
export interface OrchestrationErrorResponse extends ErrorResponse {
  readonly info: ErrorInfo;
  /** RFC 9457, as the server answers it. */
  readonly problem: Problem;
  /** Whether the session knows of it now. */
  readonly isRecorded: boolean;
  /** Why it does not, where it should. */
  readonly recordFailure?: Fault | undefined;
}

/**
 * The one place where errors of orchestrations are handled: it classifies what was thrown, has it written in the session,
 * reports it with its context, and answers the standard response. What goes wrong with that does not hide the error
 * itself: it is told beside it. Never throws and never rejects. What was cancelled is no failure, and is reported nowhere.
 */
export async function handleOrchestrationError(
  error: unknown,
  context: OrchestrationErrorContext,
): Promise<OrchestrationErrorResponse> {
  const { clock = systemClock, operation, operationId, stage, record } = context;
  const startMs = clock.monotonicMs();
  const fault = classify(error, { operationId });
  const info = errorInfo(error, { operation, stage, operationId, wallMs: clock.wallMs() });
  const outcome = isCancelled(error) ? NOTHING_TO_DO : await report(fault, context);
  let isRecorded = false;
  let recordFailure: Fault | undefined;
  try {
    await record?.(info);
    isRecorded = record !== undefined;
  } catch (failure) {
    recordFailure = classify(failure);
  }
  const durationMs = clock.monotonicMs() - startMs;
  const problem = problemOf(fault, info);
  return { ...outcome, fault, durationMs, info, problem, isRecorded, recordFailure };
}

const NOTHING_TO_DO = { handled: true, recovered: false, fallbackUsed: false, message: 'it was cancelled' };

type Reported = Omit<ErrorResponse, 'fault' | 'durationMs'>;

async function report(fault: Fault, context: OrchestrationErrorContext): Promise<Reported> {
  const { errors, signals = noSignals, key, operation, run, orchestration, stage, attempt } = context;
  const facts = {
    component: COMPONENT,
    operation,
    ...(key !== undefined && { sessionId: key.sessionId, appName: key.appName }),
    ...(run !== undefined && { run }),
    ...(orchestration !== undefined && { orchestration }),
    ...(stage !== undefined && { stage }),
    ...(attempt !== undefined && { attempt }),
  };
  if (errors !== undefined) {
    const { fault: _, durationMs: __, ...reported } = await errors.handleError(fault, facts);
    return reported;
  }
  const origin = { source: COMPONENT, operationId: fault.operationId ?? context.operationId };
  signals.channel(faultRaised).emit({ fault, context: facts }, origin);
  const { userMessage } = fault;
  return { handled: true, recovered: false, fallbackUsed: false, message: 'it was reported', userMessage };
}

const COMPONENT = 'sessions.orchestration';

/** As the server makes it of a refusal: of the client's own mistakes all, of ours the user's message only. */
function problemOf(fault: Fault, { code, severity, operationId }: ErrorInfo): Problem {
  const status = statusOf(fault) ?? (fault.retryable ? 503 : 500);
  const title = STATUS_CODES[status] ?? 'Error';
  return {
    type: `urn:sustain:fault:${fault.system}:${code}`,
    title,
    status,
    detail: status < 500 ? fault.message : (fault.userMessage ?? title),
    code,
    severity,
    retryable: fault.retryable,
    operationId,
  };
}
