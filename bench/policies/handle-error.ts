import { ErrorHandler, Signals } from '@sustain/kernel';
import type { BenchFigure } from '../bench-case.ts';

const WARM_UP = 20_000;
/** The machine interrupts in bursts: the median batch has only what the handler costs. */
const BATCHES = 11;
const ERRORS_PER_BATCH = 5000;
/** Below what a handler takes for a storm, which it would cut short. */
const ERRORS_PER_HANDLER = 50;

/**
 * From a host's error to the answer: classify, strategy, response, with six listeners; the 99th percentile of the median
 * batch. The seeds allow 5 ms.
 */
export async function handleError(): Promise<BenchFigure> {
  await batch(WARM_UP);
  const p99s: number[] = [];
  for (let i = 0; i < BATCHES; i++) p99s.push(quantile(await batch(ERRORS_PER_BATCH), 0.99));
  return { value: quantile(p99s, 0.5) };
}

/** How long each took, in microseconds. */
async function batch(errors: number): Promise<number[]> {
  const micros: number[] = [];
  while (micros.length < errors) {
    const handler = handlerWithListeners();
    for (let i = 0; i < ERRORS_PER_HANDLER; i++) {
      const error = lostConnection(i);
      const start = process.hrtime.bigint();
      const { recovered } = await handler.handleError(error, { component: `stream-${i % 10}`, chunk: i });
      const end = process.hrtime.bigint();
      if (!recovered) throw new Error('the bench’s strategy did not recover');
      micros.push(Number(end - start) / 1000);
    }
  }
  return micros;
}

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] as number;
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
