import type { Fault } from '../../faults/index.ts';
import { checkOption, FOREVER } from '../../options/index.ts';
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
  /** How long each phase may take, in the order of PHASES. */
  const limitsMs = PHASES.map((phase) => {
    const limitMs = options[`${phase}Ms`] ?? FOREVER;
    checkOption(`${phase}Ms of a stream deadline`, limitMs, { least: 0, above: true });
    return limitMs;
  });

  function attach(level: number, { name, clock }: Environment): Layer {
    /** Hears how far `call` comes, from its beginning on: `undefined` when it has ended. */
    function watch(call: Call): Hear {
      /** What is left of each phase that is under way. */
      let leftMs = limitsMs.with(STALL, FOREVER);
      let countedMs = 0;
      /** Nobody asks for more, as before the beginning. */
      let paused = true;
      let timer: Timer | undefined;
      let late: Fault | undefined;

      return (progress) => {
        timer?.cancel();
        if (!progress) {
          if (late) failStopped(call, level, late);
          return;
        }
        const nowMs = clock.monotonicMs();
        if (!paused) leftMs = leftMs.map((ms) => ms - (nowMs - countedMs));
        countedMs = nowMs;
        paused = progress === 'paused';
        if (progress !== 'resumed') leftMs[CONNECT] = FOREVER;
        if (progress === 'output') {
          leftMs[FIRST_CHUNK] = FOREVER;
          leftMs[STALL] = limitsMs[STALL] as number;
        }
        const nextMs = Math.min(...leftMs);
        if (paused || nextMs === FOREVER) return;
        const at = leftMs.indexOf(nextMs);
        const onLate = () => {
          const context = {
            pipeline: name,
            phase: PHASES[at] as StreamPhase,
            timeoutMs: limitsMs[at] as number,
          };
          late = streamFaults.STREAM_TIMED_OUT(context, { operationId: call.operationId });
          call.stop(level, late);
        };
        timer = clock.schedule(Math.max(nextMs, 0), onLate, { keepAlive: false });
      };
    }

    function leave(call: Call): undefined {
      const hear = call.recall(level) as Hear;
      // What a fallback further out tells of its own progress is not this stream's.
      call.remember(level, undefined);
      hear();
    }

    return layer({
      abandons: true,
      enter(call) {
        const hear = watch(call);
        call.remember(level, hear);
        hear('resumed');
        return undefined;
      },
      progressed: (call, progress) => (call.recall(level) as Hear | undefined)?.(progress),
      succeeded: leave,
      failed: leave,
      cancelled: leave,
    });
  }

  return Object.freeze({ kind: 'stream-deadline', attach });
}

type Hear = (progress?: Progress) => void;

const PHASES: readonly StreamPhase[] = ['connect', 'firstChunk', 'stall', 'total'];
const CONNECT = 0;
const FIRST_CHUNK = 1;
const STALL = 2;
