import { AsyncLocalStorage } from 'node:async_hooks';
import { type Operation, setOperationCarrier } from '../faults/index.ts';

/**
 * Carries the current operation across awaits, timers and callbacks of this process, so that faults and signals
 * find it. Call it once, in `main`. Answers the way to undo it.
 */
export function useAsyncOperations(): () => void {
  const storage = new AsyncLocalStorage<Operation>();
  const before = setOperationCarrier({
    current: () => storage.getStore(),
    run: (operation, work) => storage.run(operation, work),
  });
  return () => {
    setOperationCarrier(before);
    storage.disable();
  };
}
