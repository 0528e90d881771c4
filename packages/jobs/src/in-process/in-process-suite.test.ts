import { memoryStore } from '@sustain/stores/memory';
import { jobsSuite } from '../contract.suite.ts';
import { inProcessQueue } from './index.ts';

jobsSuite('in-process', async () => {
  const store = memoryStore();
  return {
    isShared: false,
    open: (options) => inProcessQueue({ name: 'suite', store, waitForOwnerMs: 0, ...options }),
    dispose: () => store.close(),
  };
});
