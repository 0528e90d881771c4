import { systemClock } from '@sustain/kernel';
import { storeSuite } from '../contract.suite.ts';
import { createStore } from '../create-store.ts';
import { MemoryBackend, memoryStore } from '../memory/index.ts';
import { fallbackStore } from './index.ts';

storeSuite('fallback on its primary', async () => {
  const backend = new MemoryBackend(systemClock);
  const primary = createStore(backend);
  const open = (instance: string) =>
    fallbackStore({ primary, spare: memoryStore(), instance, onConflict: 'reject', acceptLoss: true });
  return {
    store: open('one'),
    another: async () => open('two'),
    corrupt: async (key) => {
      const stored = await backend.get(key);
      const text = stored?.text.replace(/.$/s, (last) => String.fromCharCode(last.charCodeAt(0) ^ 1));
      const nothing = { expected: undefined, ttlMs: undefined, operationId: undefined, guard: undefined };
      await backend.write({ key, text, ...nothing });
    },
    dispose: () => primary.close(),
  };
});
