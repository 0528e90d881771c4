import { ErrorHandler, Signals } from '@sustain/kernel';
import type { BenchFigure } from '../bench-case.ts';

const WARM_UP = 20_000;
const ERRORS = 50_000;
/** Below what a handler takes for a storm, which it would cut short. */
const ERRORS_PER_HANDLER = 50;

/**
 * From a host's error to the answer: classify, strategy, response, with six listeners; the 99th percentile. The seeds
 * allow 5 ms.
 */
export async function handleError(): Promise<BenchFigure> {
  const micros: number[] = [];
  for (let done = 0; done < WARM_UP + ERRORS; done += ERRORS_PER_HANDLER) {
    const handler = handlerWithListeners();
    for (let i = 0; i < ERRORS_PER_HANDLER; i++) {
      const error = lostConnection(i);
      const start = process.hrtime.bigint();
      const { recovered } = await handler.handleError(error, { component: `stream-${i % 10}`, chunk: i });
      const end = process.hrtime.bigint();
      if (!recovered) throw new Error('the bench’s strategy did not recover');
      if (done >= WARM_UP) micros.push(Number(end - start) / 1000);
    }
  }
  return { value: micros.sort((a, b) => a - b)[Math.floor(micros.length * 0.99)] as number };
}

function handlerWithListeners(): ErrorHandler {
  const signals = new Signals();
  for (let listener = 0; listener < 6; listener++) signals.onAny(({ type }) => type.length);
  return new ErrorHandler({
    signals,
    strategies: [
      {
        name: 'reconnect_retry',
        recover: async () => ({ success: true, fallbackUsed: false, message: 'connected again' }),
      },
    ],
  });
}

/** As a socket makes it, with the stack of the call. */
function lostConnection(chunk: number): Error {
  return Object.assign(new Error(`read ECONNRESET in chunk ${chunk}`), { code: 'ECONNRESET', errno: -104 });
}
