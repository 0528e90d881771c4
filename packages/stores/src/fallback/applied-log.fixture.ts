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
  readonly revision: number;
}

/** A store in memory that writes down what it does, once for each time it does it. */
export function loggingStore(clock: Clock): { readonly store: Store; readonly applied: readonly Applied[] } {
  const backend = new MemoryBackend(clock);
  const applied: Applied[] = [];
  const write = backend.write.bind(backend);
  let last = 0;
  backend.write = async (asked) => {
    const written = await write(asked);
    if (asked.key.startsWith('.fallback/')) return written; // by which it sees whether the primary is there
    if (written.outcome === 'written' && written.revision > last) {
      last = written.revision;
      const value = asked.text === undefined ? undefined : JSON.parse(asked.text.slice(CHECKSUM_DIGITS));
      applied.push({ key: asked.key, value, revision: written.revision });
    }
    return written;
  };
  return { store: createStore(backend, { name: 'primary', clock }), applied };
}
