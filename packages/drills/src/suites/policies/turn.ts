import {
  defaultFallback,
  ErrorHandler,
  pipeline,
  Signals,
  systemClock,
  turnDeadline,
  turnFaults,
} from '@sustain/kernel';
import { type DrillSubject, drill } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';

interface Assistant extends DrillSubject {
  /** How long looking things up keeps the processor. */
  busyMs: number;
}

/** More than a turn takes on a busy machine. */
const TOTAL_MS = 200;

export const turnUsedUp = drill<Assistant>({
  name: 'turn-is-used-up',
  fault: turnFaults.TURN_DEADLINE,
  kind: 'load',
  breaks: 'looking things up keeps the processor for longer than the whole turn may take',
  recovers: 'what comes after it is not begun, and the turn ends with a stock phrase',
  notices: 'a stock phrase in place of an answer',
  subject() {
    const signals = new Signals();
    const handler = new ErrorHandler({
      component: 'turn',
      strategies: [defaultFallback({ answer: () => 'one moment' })],
      signals,
    });
    const turns = turnDeadline({ totalMs: TOTAL_MS, steps: { hear: 0.5, answer: 0.5 } });
    const policies = pipeline({ name: 'step', signals });
    async function answer(signal: AbortSignal): Promise<unknown> {
      const turn = turns.begin({ signal });
      try {
        const question = await turn.run('hear', policies, () => 'a question');
        keepBusy(subject.busyMs);
        return await turn.run('answer', policies, () => `the answer to ${question}`);
      } catch (error) {
        const { recovered, output } = await handler.handleError(error);
        if (recovered) return output;
        throw error;
      }
    }
    const subject: Assistant = {
      drillable: true,
      signals,
      busyMs: 0,
      async use(signal) {
        const said = await answer(signal);
        if (said === 'the answer to a question') return 'full';
        if (said === 'one moment') return 'fallback';
        throw new Error(`expected an answer, got ${said}`);
      },
      close: () => undefined,
    };
    return subject;
  },
  inject(subject, scene) {
    subject.busyMs = TOTAL_MS + 10;
    const undo = () => {
      subject.busyMs = 0;
    };
    scene.inject(startInjection({ what: `the processor is kept for ${subject.busyMs} ms a turn`, undo }));
  },
  limits: { detectMs: 2000, recoveryMs: 2000 },
  sabotage: {
    file: sourceOf('packages/kernel/src/recovery/strategies/default-fallback.ts'),
    replace: "result(true, true, 'Using the default'",
    by: "result(false, true, 'Using the default'",
  },
});

function keepBusy(ms: number): void {
  const endMs = systemClock.monotonicMs() + ms;
  while (systemClock.monotonicMs() < endMs);
}
