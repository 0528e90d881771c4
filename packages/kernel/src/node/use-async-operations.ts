import { AsyncLocalStorage } from 'node:async_hooks';
import { type Operation, setOperationCarrier } from '../faults/index.ts';
import { setOutside } from '../time/index.ts';

/**
 * Carries the current operation across awaits and callbacks of this process, so that faults and signals find it.
 * Callbacks of `Clock.schedule` are no part of an operation: what shall be, awaits `Clock.sleep`. Call it once, in
 * `main`. Answers the way to undo it.
 */
export function useAsyncOperations(): () => void {
  const storage = new AsyncLocalStorage<Operation>();
  const before = setOperationCarrier({
    current: () => storage.getStore(),
    run: (operation, work) => storage.run(operation, work),
  });
  const outsideBefore = setOutside(AsyncLocalStorage.snapshot());
  return () => {
    setOperationCarrier(before);
    setOutside(outsideBefore);
    storage.disable();
  };
}
