import type { Clock } from '@sustain/kernel';
import type { Store } from '../contract.ts';
import { createStore } from '../create-store.ts';
import { CHECKSUM_DIGITS } from '../entry-text.ts';
import { MemoryBackend } from '../memory/index.ts';

/** A write that has changed something. */
export interface Applied {
  readonly key: string;
  /** Undefined: it was deleted. */
  readonly value: unknown;
}

/** A store in memory that writes down what it does, once for each time it does it. */
export function loggingStore(clock: Clock): { readonly store: Store; readonly applied: readonly Applied[] } {
  const backend = new MemoryBackend(clock);
  const applied: Applied[] = [];
  const write = backend.write.bind(backend);
  let changes = 0;
  const subscriber = { changed: () => changes++, missed: () => undefined };
  void backend.subscribe(subscriber);
  backend.write = async (asked) => {
    const before = changes;
    const writing = write(asked);
    // It is done and told by now; what was done before is not told again.
    const hasChanged = changes > before;
    // By those of the fallback store itself it sees whether the primary is there.
    if (hasChanged && !asked.key.startsWith('.fallback/')) {
      const value = asked.text === undefined ? undefined : JSON.parse(asked.text.slice(CHECKSUM_DIGITS));
      applied.push({ key: asked.key, value });
    }
    return writing;
  };
  return { store: createStore(backend, { name: 'primary', clock }), applied };
}
