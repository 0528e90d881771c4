import type { Timer } from '@sustain/kernel';
import type { Entry, Revision, Store } from '../contract.ts';
import type { LeaseTerms } from './lease-options.ts';
import type { LeaseRecord } from './lease-record.ts';

/** @internal Where those are written down who wait for the lease `key`. */
export function placeKey(key: string, id: string): string {
  return `.lease-line/${key}/${id}`;
}

/**
 * @internal Gives up the lease `key` that `id` has at `token`: to who is first in line, for whom it is kept for a while, or
 * to anybody. Nothing when it is no longer at that token.
 */
export async function handOver(
  store: Store,
  key: string,
  token: Revision,
  id: string,
  ttlMs: number,
): Promise<void> {
  const own = placeKey(key, id); // it may not have left the line yet
  const next = (await lineOf(store, key)).find((place) => place.key !== own);
  if (next === undefined) {
    await store.delete(key, { revision: token });
    return;
  }
  const reserved: LeaseRecord = { state: 'reserved', id: next.key.slice(placeKey(key, '').length) };
  await store.compareAndSet(key, token, reserved, { ttlMs: Math.min(ttlMs, MAX_RESERVED_MS) });
}

/** @internal A place in the line of a lease, which goes with who has it: it must be held again and again. */
export class PlaceInLine {
  readonly #store: Store;
  readonly #leaseKey: string;
  readonly #key: string;
  readonly #terms: LeaseTerms;
  #revision: Revision | undefined;
  #entering: Promise<void> | undefined;
  #renewal: Timer | undefined;
  #isLeft = false;

  constructor(store: Store, key: string, id: string, terms: LeaseTerms) {
    this.#store = store;
    this.#leaseKey = key;
    this.#key = placeKey(key, id);
    this.#terms = terms;
  }

  /**
   * The key of who is directly before it; undefined when it is the first. Enters at the end of the line, if need be, as
   * often as the place expires before it is seen there.
   */
  async ahead(signal: AbortSignal): Promise<string | undefined> {
    for (;;) {
      signal.throwIfAborted();
      await this.#enter();
      const line = await lineOf(this.#store, this.#leaseKey);
      const at = line.findIndex(({ key }) => key === this.#key);
      if (at >= 0) return line[at - 1]?.key;
      this.#revision = undefined; // it had expired
    }
  }

  async leave(): Promise<void> {
    this.#isLeft = true;
    this.#renewal?.cancel();
    await this.#entering;
    await this.#store.delete(this.#key);
  }

  /** Once at a time, so that nothing of it comes after it has left. */
  async #enter(): Promise<void> {
    if (this.#revision !== undefined || this.#isLeft) return;
    this.#entering ??= this.#write().finally(() => {
      this.#entering = undefined;
    });
    await this.#entering;
  }

  async #write(): Promise<void> {
    const { holder, ttlMs } = this.#terms;
    this.#revision = await this.#store.set(this.#key, { holder }, { ttlMs });
    this.#renewIn(ttlMs / 3);
  }

  #renewIn(delayMs: number): void {
    if (this.#isLeft) return;
    this.#renewal?.cancel();
    this.#renewal = this.#terms.clock.schedule(delayMs, () => void this.#renew(), { keepAlive: false });
  }

  async #renew(): Promise<void> {
    const { random, ttlMs } = this.#terms;
    const revision = this.#revision;
    try {
      if (revision === undefined || !(await this.#store.touch(this.#key, revision, ttlMs))) {
        // It was away for too long: others have come before it.
        this.#revision = undefined;
        await this.#enter();
      }
      this.#renewIn(ttlMs / 3);
    } catch {
      // The store is away for a moment, or for so long that the place is lost: then it is entered anew.
      this.#renewIn((ttlMs / 12) * (0.5 + random.next()));
    }
  }
}

/** Those who wait, in the order in which the store has seen them come. */
async function lineOf(store: Store, key: string): Promise<readonly Entry[]> {
  const prefix = placeKey(key, '');
  const line: Entry[] = [];
  let after: string | undefined;
  do {
    const page = await store.list(prefix, { after, limit: 1000 });
    // Those of a lease whose key continues this one are not meant.
    line.push(...page.entries.filter((entry) => !entry.key.includes('/', prefix.length)));
    after = page.next;
  } while (after !== undefined);
  return line.sort((one, other) => one.revision - other.revision);
}

/** For one who does not come, all others wait so long. */
const MAX_RESERVED_MS = 2000;
