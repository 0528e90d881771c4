import type { Fault } from '../../faults/index.ts';
import { checkNumber } from '../../options/index.ts';
import type { Timer } from '../../time/index.ts';
import {
  type Call,
  type Environment,
  failStopped,
  type Layer,
  layer,
  type Policy,
} from '../pipeline/index.ts';
import { type StreamPhase, streamFaults } from './stream-faults.ts';

/** Each in milliseconds, above 0. Default of each: no limit. */
export interface StreamDeadlineOptions {
  /** From the beginning of the attempt until the other side answers. */
  readonly connectMs?: number;
  /** From the beginning of the attempt until the first useful chunk, connecting included. */
  readonly firstChunkMs?: number;
  /** From one useful chunk to the next. Chunks of no use do not count: keep-alives would hide a stall. */
  readonly stallMs?: number;
  /** From the beginning of the attempt to the end of the stream. */
  readonly totalMs?: number;
}

/**
 * Limits how long work that answers bit by bit may keep others waiting, by what it tells with `attempt.progress`;
 * `stream` tells it for async iterables. The attempt fails at once of the fault STREAM_TIMED_OUT, which names the phase
 * and is retryable, so that breakers outside hear of a stall while the stream is still open; the work is told through
 * `attempt.signal`, and no longer waited for. Throws a RangeError or TypeError when an option is out of range.
 *
 * While nobody asks for more (`paused`), the time stands still: a slow consumer is not the source's fault. An outer
 * `timeout` counts that time, too. What is stopped from further out is never reported as late.
 *
 * Belongs innermost, inside of retry and breaker: each attempt has its own deadlines. Calls have one timer each.
 */
export function streamDeadline(options: StreamDeadlineOptions): Policy<never, unknown> {
  const { connectMs = NEVER, firstChunkMs = NEVER, stallMs = NEVER, totalMs = NEVER } = options;
  const limits: Limits = { connect: connectMs, 'first-chunk': firstChunkMs, stall: stallMs, total: totalMs };
  for (const [phase, limitMs] of Object.entries(limits)) {
    checkNumber(`the limit ${phase} of a stream deadline`, limitMs, { least: 0, above: true });
  }

  function attach(level: number, { name, clock }: Environment): Layer {
    function onTimer(streaming: Streaming): void {
      const { call, phase } = streaming;
      const context = { pipeline: name, phase, limitMs: limits[phase] };
      streaming.fault = streamFaults.STREAM_TIMED_OUT(context, { operationId: call.operationId });
      call.stop(level, streaming.fault);
    }

    function wait(streaming: Streaming, nowMs: number): void {
      const { dueMs } = streaming;
      const phase = PHASES.reduce((next, other) => (dueMs[other] < dueMs[next] ? other : next));
      streaming.phase = phase;
      streaming.timer?.cancel();
      if (dueMs[phase] < NEVER) {
        streaming.timer = clock.deadline(Math.max(dueMs[phase] - nowMs, 0), nowMs, onTimer, streaming);
      }
    }

    function leave(call: Call): undefined {
      const { timer, fault } = call.recall(level) as Streaming;
      // What a fallback further out tells of its own progress is not this stream's.
      call.remember(level, undefined);
      timer?.cancel();
      if (fault) failStopped(call, level, fault);
    }

    return layer({
      timed: true,
      abandons: true,
      enter(call, nowMs) {
        const dueMs = { ...limits, stall: NEVER };
        for (const phase of PHASES) dueMs[phase] += nowMs;
        const streaming: Streaming = { call, dueMs, phase: 'total' };
        call.remember(level, streaming);
        wait(streaming, nowMs);
        return undefined;
      },
      progressed(call, progress) {
        const streaming = call.recall(level) as Streaming | undefined;
        if (!streaming) return;
        const nowMs = clock.monotonicMs();
        const { dueMs, pausedMs = nowMs } = streaming;
        if (progress === 'paused') {
          streaming.pausedMs = pausedMs;
          return streaming.timer?.cancel();
        }
        if (progress === 'resumed') {
          streaming.pausedMs = undefined;
          for (const phase of PHASES) dueMs[phase] += nowMs - pausedMs;
        } else dueMs.connect = NEVER;
        if (progress === 'output') {
          dueMs['first-chunk'] = NEVER;
          dueMs.stall = nowMs + stallMs;
        }
        if (streaming.pausedMs === undefined) wait(streaming, nowMs);
      },
      succeeded: leave,
      failed: leave,
      cancelled: leave,
    });
  }

  return Object.freeze({ kind: 'stream-deadline', attach });
}

type Limits = Record<StreamPhase, number>;

/** What is remembered of a call. */
interface Streaming {
  readonly call: Call;
  /** When each phase is late, on the monotonic time. */
  readonly dueMs: Limits;
  /** The one that is late next, and its timer. */
  phase: StreamPhase;
  timer?: Timer;
  /** Since when nobody asks for more. */
  pausedMs?: number | undefined;
  /** Once it was late. */
  fault?: Fault;
}

const NEVER = Number.POSITIVE_INFINITY;
const PHASES = ['connect', 'first-chunk', 'stall', 'total'] as const;
