import type { Clock } from '@sustain/kernel';
import type { Backend, Stored, Subscriber, Write, Written } from '../backend.ts';
import { ABSENT, type Revision } from '../contract.ts';

/** @internal Maps. What has expired is forgotten when it is met, and, a few at a time, when something is written. */
export class MemoryBackend implements Backend {
  readonly name = 'memory';
  readonly durability = 'volatile';
  readonly #clock: Clock;
  readonly #rows = new Map<string, Row>();
  /** In the order in which they were done. */
  readonly #operations = new Map<string, Operation>();
  readonly #subscribers = new Set<Subscriber>();
  /** The keys, in order, until another comes or one goes. */
  #sorted: readonly string[] | undefined;
  #revision: Revision = ABSENT;
  #sweep = this.#rows.entries();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many entries take memory. */
  get size(): number {
    return this.#rows.size;
  }

  async get(key: string): Promise<Stored | undefined> {
    return this.#stored(key);
  }

  async write({ key, text, expected, ttlMs, operationId, guard }: Write): Promise<Written> {
    this.#forgetOld();
    const done = operationId === undefined ? undefined : this.#operations.get(operationId);
    if (done !== undefined) return outcomeAt(done.revision);
    if (guard !== undefined && this.#stored(guard.key)?.revision !== guard.revision) {
      return { outcome: 'guard-lost' };
    }
    const stored = this.#stored(key);
    if (expected !== undefined && (stored?.revision ?? ABSENT) !== expected) {
      return { outcome: 'conflict', stored };
    }
    const isAbsent = text === undefined && stored === undefined;
    if (stored === undefined) this.#sorted = undefined;
    const revision = isAbsent ? ABSENT : ++this.#revision;
    const nowMs = this.#clock.monotonicMs();
    if (text === undefined) this.#forget(key);
    else this.#rows.set(key, { text, revision, diesMs: nowMs + (ttlMs ?? Number.POSITIVE_INFINITY) });
    if (operationId !== undefined)
      this.#operations.set(operationId, { revision, forgottenMs: nowMs + DAY_MS });
    if (!isAbsent) for (const subscriber of this.#subscribers) subscriber.changed(key, ttlMs);
    return outcomeAt(revision);
  }

  async touch(key: string, revision: Revision, ttlMs: number): Promise<boolean> {
    const row = this.#stored(key) && this.#rows.get(key);
    if (row?.revision !== revision) return false;
    row.diesMs = this.#clock.monotonicMs() + ttlMs;
    return true;
  }

  async list(prefix: string, after: string | undefined, limit: number): Promise<readonly Stored[]> {
    this.#sorted ??= [...this.#rows.keys()].sort(inBytes);
    const sorted = this.#sorted; // which finding that something has expired forgets
    const page: Stored[] = [];
    const from = after !== undefined && inBytes(after, prefix) > 0 ? after : prefix;
    for (let at = firstAfter(sorted, from, from !== after); page.length < limit; at++) {
      const key = sorted[at];
      if (key === undefined || !key.startsWith(prefix)) break;
      const stored = this.#stored(key);
      if (stored !== undefined) page.push(stored);
    }
    return page;
  }

  async subscribe(subscriber: Subscriber): Promise<() => void> {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  async close(): Promise<void> {
    this.#rows.clear();
    this.#operations.clear();
    this.#subscribers.clear();
  }

  #stored(key: string): Stored | undefined {
    const row = this.#rows.get(key);
    if (row === undefined) return undefined;
    const { text, revision, diesMs } = row;
    const ttlMs = diesMs - this.#clock.monotonicMs();
    if (ttlMs <= 0) return this.#forget(key);
    return { key, text, revision, ttlMs: ttlMs < Number.POSITIVE_INFINITY ? ttlMs : undefined };
  }

  #forget(key: string): undefined {
    this.#rows.delete(key);
    this.#sorted = undefined;
  }

  /** Looks at two rows and two operations a write, which adds one at most: so what is dead goes. */
  #forgetOld(): void {
    const nowMs = this.#clock.monotonicMs();
    for (let looked = 0; looked < 2; looked++) {
      const { done, value } = this.#sweep.next();
      if (done) this.#sweep = this.#rows.entries();
      else if (value[1].diesMs <= nowMs) this.#forget(value[0]);
    }
    for (const [id, { forgottenMs }] of this.#operations) {
      if (forgottenMs > nowMs) break;
      this.#operations.delete(id);
    }
  }
}

interface Row {
  readonly text: string;
  readonly revision: Revision;
  /** Monotonic. */
  diesMs: number;
}

interface Operation {
  readonly revision: Revision;
  /** Monotonic. */
  readonly forgottenMs: number;
}

const DAY_MS = 86_400_000;

function outcomeAt(revision: Revision): Written {
  return revision === ABSENT ? { outcome: 'absent' } : { outcome: 'written', revision };
}

/** JavaScript compares UTF-16, in which a character beyond U+FFFF comes before U+E000. */
function inBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Where the first key is that is after `key`, or `key` itself where it may be. */
function firstAfter(sorted: readonly string[], key: string, mayBeKey: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = inBytes(sorted[middle] as string, key);
    if (order < 0 || (order === 0 && !mayBeKey)) low = middle + 1;
    else high = middle;
  }
  return low;
}
