import type { Stored } from '../backend.ts';
import type { Change, Entry, Revision, Watch, WatchOptions } from '../contract.ts';
import { StoreWatch } from '../store-watch.ts';
import { byBytes } from './byte-order.ts';
import type { FallbackEngine } from './fallback-engine.ts';
import { fallbackFaults } from './fallback-faults.ts';
import { PrimaryChanges } from './primary-changes.ts';

/**
 * @internal A watch that goes on over the switch and back. It finds changes as every watch does, by comparing what it
 * reads; but as revisions go back when the primary returns, it counts the states of a key by itself.
 */
export async function watchFallback<Value>(
  prefix: string,
  { signal, existing = false }: WatchOptions,
  engine: FallbackEngine,
  onEnded: (watch: Watch<Value>) => void,
): Promise<Watch<Value>> {
  const { settings, changes } = engine.parts;
  const states = new WatchedStates(engine);
  const inner = new StoreWatch<Value>({
    prefix,
    tellsExisting: existing,
    clock: settings.clock,
    signal,
    list: (after, limit) => listStates(engine, states, prefix, after, limit),
    get: async (key) => (await states.read(key)) as Counted<Value> | undefined,
    async subscribe(subscriber) {
      const primary = new PrimaryChanges(prefix, engine, subscriber);
      const stopListening = changes.listen({
        changed: (key, ttlMs) => subscriber.changed(key, ttlMs),
        primaryReturned: () => primary.primaryReturned(),
      });
      await primary.attach();
      return () => {
        stopListening();
        primary.close();
      };
    },
    ended: () => onEnded(watch),
  });
  const watch: Watch<Value> = {
    [Symbol.asyncIterator]: () => told(inner),
    close: () => inner.close(),
    [Symbol.asyncDispose]: () => inner.close(),
  };
  await inner.begin();
  return watch;
}

/** The entry, with the number of its state in place of its revision. */
type Counted<Value = unknown> = Entry<Value> & { readonly toldRevision: Revision };

class WatchedStates {
  readonly #engine: FallbackEngine;
  readonly #seen = new Map<string, { readonly revision: Revision; readonly number: number }>();
  #last = 0;

  constructor(engine: FallbackEngine) {
    this.#engine = engine;
  }

  async read(key: string): Promise<Counted | undefined> {
    try {
      const entry = await this.#engine.read(key);
      if (entry !== undefined) {
        return { ...entry, toldRevision: entry.revision, revision: this.number(key, entry.revision) };
      }
    } catch (error) {
      if (!fallbackFaults.NOT_KNOWN.matches(error)) throw error;
      // Nothing is known to have changed: the same state again.
      const seen = this.#seen.get(key);
      return seen && { key, value: undefined, revision: seen.number, toldRevision: seen.revision };
    }
    this.#seen.delete(key);
    return undefined;
  }

  /** Of the state of a key: another write is another state, and a later number. */
  number(key: string, revision: Revision): number {
    const seen = this.#seen.get(key);
    const { revisions } = this.#engine.parts;
    const isSame = seen !== undefined && revisions.isSame(seen.revision, revision);
    const number = isSame ? seen.number : ++this.#last;
    this.#seen.set(key, { revision, number });
    return number;
  }
}

async function listStates(
  engine: FallbackEngine,
  states: WatchedStates,
  prefix: string,
  after: string | undefined,
  limit: number,
): Promise<readonly Stored[]> {
  const found: Stored[] = [];
  let from = after;
  do {
    const page = await engine.list({ prefix, after: from, limit: limit - found.length });
    for (const { key, revision } of page.entries) {
      found.push({ key, text: '', revision: states.number(key, revision), ttlMs: engine.ttlMs(key) });
    }
    for (const key of page.corrupted) found.push({ key, text: '', revision: CORRUPTED });
    from = page.next;
  } while (from !== undefined && found.length < limit);
  return found.sort((a, b) => byBytes(a.key, b.key));
}

async function* told<Value>(inner: StoreWatch<Value>): AsyncGenerator<Change<Value>, void, undefined> {
  for await (const change of inner) {
    if (change.kind === 'set') {
      const { key, value, toldRevision } = change as typeof change & Counted<Value>;
      yield { kind: 'set', key, value, revision: toldRevision };
    } else {
      yield change;
    }
  }
}

/** No state has this number, so that it is looked at. */
const CORRUPTED = -1;
