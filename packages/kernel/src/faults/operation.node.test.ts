import { afterEach, expect, test } from 'vitest';
import { useAsyncOperations } from '../node/index.ts';
import { SimulatedClock, seededRandom, systemClock } from '../time/index.ts';
import { createOperation, currentOperation, runInOperation, setOperationCarrier } from './operation.ts';

let restore: (() => void) | undefined;
afterEach(() => {
  restore?.();
  restore = undefined;
});

test('an operation has an id as W3C trace ids are, and a name', () => {
  const operation = createOperation('render phrase', seededRandom(1));
  expect(operation.id).toMatch(/^[0-9a-f]{32}$/);
  expect(operation).toEqual({ id: operation.id, name: 'render phrase' });
  expect(createOperation('x', seededRandom(1)).id).toBe(operation.id);
  expect(createOperation('x', seededRandom(2)).id).not.toBe(operation.id);
});

test('without a carrier work just runs, outside of any operation', () => {
  expect(runInOperation(createOperation('x'), () => currentOperation())).toBe(undefined);
});

test('with AsyncLocalStorage the operation is there across awaits, and apart from its neighbours', async () => {
  restore = useAsyncOperations();
  const clock = new SimulatedClock();
  const visit = (name: string, delayMs: number) =>
    runInOperation(createOperation(name), async () => {
      await clock.sleep(delayMs);
      return currentOperation()?.name;
    });
  const names = Promise.all([visit('slow', 20), visit('quick', 10)]);
  expect(currentOperation()).toBe(undefined);
  expect(await clock.run(names)).toEqual(['slow', 'quick']);
});

test('an operation within another is a part of it', () => {
  restore = useAsyncOperations();
  const whole = createOperation('answer turn');
  const part = runInOperation(whole, () => createOperation('transcribe'));
  expect(part.parentId).toBe(whole.id);
  expect(createOperation('alone').parentId).toBe(undefined);
});

test('a throw leaves the operation', () => {
  restore = useAsyncOperations();
  expect(() =>
    runInOperation(createOperation('x'), () => {
      throw new Error('broke');
    }),
  ).toThrow('broke');
  expect(currentOperation()).toBe(undefined);
});

test('setting a carrier answers the one before, so that it can be put back', () => {
  const stopOuter = useAsyncOperations();
  const stopInner = useAsyncOperations();
  stopInner();
  const operation = createOperation('x');
  expect(runInOperation(operation, () => currentOperation())).toBe(operation);
  stopOuter();
  expect(setOperationCarrier(undefined)).toBe(undefined);
});

test('a timer belongs to no operation, whoever armed the host timer that it shares; a sleep belongs to its own', async () => {
  restore = useAsyncOperations();
  const within = (name: string) =>
    runInOperation(createOperation(name), async () => {
      const inTimer = new Promise((resolve) => {
        systemClock.schedule(2, () => resolve(currentOperation()?.name));
      });
      await systemClock.sleep(4);
      const afterSleep = currentOperation()?.name;
      return [await inTimer, afterSleep];
    });
  expect(await Promise.all([within('first'), within('second')])).toEqual([
    [undefined, 'first'],
    [undefined, 'second'],
  ]);
});
