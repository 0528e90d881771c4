import {
  defaultFallback,
  ErrorHandler,
  pipeline,
  qualityLadder,
  Signals,
  shed,
  shedFaults,
  systemClock,
} from '@sustain/kernel';
import { eventLoopDelay } from '@sustain/kernel/node';
import { type DrillSubject, drill } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';

/** Uses are of a running session, and of one that begins. */
const RUNNING = 1;
/** Longer than a busy machine lets wait. */
const BUSY_MS = 300;

export const eventLoopLate = drill({
  name: 'event-loop-late',
  fault: shedFaults.SHED,
  kind: 'load',
  breaks: `something keeps the event loop for ${BUSY_MS} ms, again and again`,
  recovers: 'sessions that would begin are asked to wait, and those that run are served',
  notices: 'in a running session nothing; a new one is asked to wait',
  subject(): DrillSubject {
    const signals = new Signals();
    const delay = eventLoopDelay({ windowMs: 50 });
    const inputs = { delay: [{ down: BUSY_MS * 0.8, up: BUSY_MS * 0.6 }] };
    const ladder = qualityLadder({ name: 'gateway', levels: ['all', 'running'], inputs, upDwellMs: 20 });
    const calls = pipeline(
      { name: 'gateway', signals },
      shed({ name: 'gateway', delay, ladder, belowPriority: { running: RUNNING }, sampleMs: 10 }),
    );
    const handler = new ErrorHandler({
      component: 'gateway',
      strategies: [defaultFallback({ answer: () => 'please wait' })],
      signals,
    });
    async function begin(signal: AbortSignal): Promise<unknown> {
      try {
        return await calls.run(() => 'begun', { signal });
      } catch (error) {
        const { recovered, output } = await handler.handleError(error);
        if (recovered) return output;
        throw error;
      }
    }
    return {
      drillable: true,
      signals,
      async use(signal) {
        const running = await calls.run(() => 'served', { signal, priority: RUNNING });
        if (running !== 'served') throw new Error(`the running session got ${running}`);
        const begun = await begin(signal);
        if (begun === 'begun') return 'full';
        if (begun === 'please wait') return 'fallback';
        throw new Error(`the new session got ${begun}`);
      },
      close: () => delay[Symbol.dispose](),
    };
  },
  inject(_subject, scene) {
    let timer = systemClock.schedule(0, keepBusy);
    function keepBusy(): void {
      const endMs = systemClock.monotonicMs() + BUSY_MS;
      while (systemClock.monotonicMs() < endMs);
      timer = systemClock.schedule(10, keepBusy);
    }
    scene.inject(startInjection({ what: 'the event loop is kept', undo: () => timer.cancel() }));
  },
  limits: { detectMs: 4000, recoveryMs: 3000, restoreMs: 5000 },
  sabotage: {
    file: sourceOf('packages/kernel/src/policies/shed/shed.ts'),
    replace: 'priority < (below as number)',
    by: 'below !== undefined && priority < 10',
  },
});
