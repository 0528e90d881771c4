import type { Fault } from '../../faults/index.ts';
import { checkNumber, FOREVER } from '../../options/index.ts';
import type { Timer } from '../../time/index.ts';
import {
  type Call,
  type Environment,
  failStopped,
  type Layer,
  layer,
  type Policy,
  type Progress,
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
  const { connectMs = FOREVER, firstChunkMs = FOREVER, stallMs = FOREVER, totalMs = FOREVER } = options;
  const limits = [connectMs, firstChunkMs, stallMs, totalMs];
  limits.forEach((limitMs, at) => {
    checkNumber(`the limit ${PHASES[at]} of a stream deadline`, limitMs, { least: 0, above: true });
  });

  function attach(level: number, { name, clock }: Environment): Layer {
    /** Watches a call from now on: answers what is to hear of its progress. */
    function watch(call: Call, beganMs: number): Watch {
      /** When each phase is late, on the monotonic time. */
      let dueMs = [connectMs, firstChunkMs, FOREVER, totalMs].map((ms) => ms + beganMs);
      let timer: Timer | undefined;
      /** Since when nobody asks for more. */
      let pausedMs: number | undefined;
      let late: Fault | undefined;

      function wait(nowMs: number): void {
        const nextMs = Math.min(...dueMs);
        const at = dueMs.indexOf(nextMs);
        const onLate = () => {
          const context = {
            pipeline: name,
            phase: PHASES[at] as StreamPhase,
            timeoutMs: limits[at] as number,
          };
          late = streamFaults.STREAM_TIMED_OUT(context, { operationId: call.operationId });
          call.stop(level, late);
        };
        if (nextMs < FOREVER)
          timer = clock.schedule(Math.max(nextMs - nowMs, 0), onLate, { keepAlive: false });
      }

      wait(beganMs);
      return (progress) => {
        timer?.cancel();
        if (progress === 'ended') {
          if (late) failStopped(call, level, late);
          return;
        }
        const nowMs = clock.monotonicMs();
        if (progress === 'paused') pausedMs ??= nowMs;
        else if (progress === 'resumed') {
          const forMs = nowMs - (pausedMs ?? nowMs);
          dueMs = dueMs.map((ms) => ms + forMs);
          pausedMs = undefined;
        } else dueMs[0] = FOREVER;
        if (progress === 'output') {
          dueMs[1] = FOREVER;
          dueMs[2] = nowMs + stallMs;
        }
        if (pausedMs === undefined) wait(nowMs);
      };
    }

    function leave(call: Call): undefined {
      const hear = call.recall(level) as Watch;
      // What a fallback further out tells of its own progress is not this stream's.
      call.remember(level, undefined);
      hear('ended');
    }

    return layer({
      timed: true,
      abandons: true,
      enter(call, nowMs) {
        call.remember(level, watch(call, nowMs));
        return undefined;
      },
      progressed: (call, progress) => (call.recall(level) as Watch | undefined)?.(progress),
      succeeded: leave,
      failed: leave,
      cancelled: leave,
    });
  }

  return Object.freeze({ kind: 'stream-deadline', attach });
}

/** Hears how far a call comes. */
type Watch = (progress: Progress | 'ended') => void;

const PHASES: readonly StreamPhase[] = ['connect', 'first-chunk', 'stall', 'total'];
