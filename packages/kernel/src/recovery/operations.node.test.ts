import { afterEach, beforeEach, expect, test } from 'vitest';
import { kernelFaults } from '../faults/index.ts';
import { useAsyncOperations } from '../node/index.ts';
import { faults, here, inVain, mended, workshop } from './workshop.fixture.ts';

let restore: (() => void) | undefined;
beforeEach(() => {
  restore = useAsyncOperations();
});
afterEach(() => restore?.());

test('a strategy that reports its own fault is refused at once when only its operation tells', async () => {
  const { handler, calls, clock } = workshop(async () => {
    await clock.sleep(5);
    await handler.handleError(faults.BROKE({}), { component: 'mixer' });
    return inVain;
  });
  await clock.run(handler.handleError(faults.BROKE({}), here));
  expect(calls).toHaveLength(1);
  expect(clock.monotonicMs()).toBe(5);
});

test('what a recovery has started is not within it when it is over: a restarted component is recovered from again', async () => {
  const { handler, calls, clock } = workshop((_, context) => {
    if (calls.length === 1) {
      clock.sleep(10).then(() => handler.handleError(faults.BROKE({}), { component: 'mixer' }));
      clock.sleep(20).then(() => handler.handleError(faults.BROKE({}), context));
    }
    return mended;
  });
  await handler.handleError(faults.BROKE({}), here);
  await clock.advance(30);
  expect(calls).toHaveLength(3);
});

test('faults that a recovery meets carry its operation, which is a part of the failed one', async () => {
  const { handler } = workshop((fault) => {
    const met = kernelFaults.UNEXPECTED({ error: 'x', errorName: 'Error' });
    return { ...mended, output: [fault.operationId, met.operationId] };
  });
  const { output } = await handler.handleError(faults.BROKE({}), here);
  expect(output).toEqual([undefined, expect.stringMatching(/^[0-9a-f]{32}$/)]);
});
