import { type ListOptions, type Revision, type Store, storeFaults } from '../contract.ts';
import type { ConflictDecision } from './conflict-rule.ts';
import { spareFault } from './spare-fault.ts';
import type { SpareKeys } from './spare-keys.ts';

/** A conflict, with all that was written. It stays in the spare until somebody removes it. */
export interface Conflict {
  /** Of this record. */
  readonly id: string;
  readonly key: string;
  /** What ours was. */
  readonly kind: 'set' | 'delete' | 'touch';
  readonly operationId: string;
  /** What ours was made from; `value` is known where the rule asks for it. */
  readonly base: ConflictSide;
  readonly ours: ConflictSide;
  readonly theirs: ConflictSide;
  readonly rule: 'reject' | 'newest' | 'rebase';
  readonly stays: ConflictDecision['stays'];
  readonly reason: string;
  /** What was made of both, when that stays. */
  readonly merged?: unknown;
  /** When ours was acknowledged, and when this was decided: Unix time. */
  readonly writtenWallMs: number;
  readonly decidedWallMs: number;
}

/** Without a value: it was deleted, did not exist, is not known, or is larger than the spare allows. */
export interface ConflictSide {
  readonly revision: Revision | null;
  readonly value?: unknown;
}

export interface ConflictPage {
  readonly conflicts: readonly Conflict[];
  /** Where the next page begins: give it as `after`. Undefined: this is the last. */
  readonly next: string | undefined;
}

/** @internal The records of conflicts in the spare. Each side has an entry of its own, as it may be as large as any. */
export class ConflictRecords {
  readonly #spare: Store;
  readonly #keys: SpareKeys;
  readonly #store: string;
  #count = 0;

  /** `store`: whose records they are, for faults. */
  constructor(spare: Store, keys: SpareKeys, store: string) {
    this.#spare = spare;
    this.#keys = keys;
    this.#store = store;
  }

  get count(): number {
    return this.#count;
  }

  /** Counts what an earlier run has left. */
  async open(): Promise<void> {
    this.#count = 0;
    for (let after: string | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
      const page = await this.#attempt(() => this.#spare.list(this.#keys.conflicts, { after, limit: 1000 }));
      this.#count += page.entries.length;
      after = page.next;
    }
  }

  /**
   * Writes the record, or writes it anew. Whether all of it is in there: what is larger than the spare allows is left out.
   * Rejects with JOURNAL_UNAVAILABLE.
   */
  write(conflict: Conflict): Promise<boolean> {
    return this.#attempt(() => this.#write(conflict));
  }

  async #write({ base, ours, theirs, merged, ...head }: Conflict): Promise<boolean> {
    const sides = { base: base.value, ours: ours.value, theirs: theirs.value, merged };
    const isNew = (await this.#spare.get(this.#keys.conflict(head.id))) === undefined;
    let isWhole = true;
    for (const [name, value] of Object.entries(sides)) {
      const key = this.#keys.side(head.id, name);
      const isIn = value !== undefined && (await this.#setSide(key, value));
      if (!isIn && !isNew) await this.#spare.delete(key);
      isWhole &&= isIn || value === undefined;
    }
    const revisions = { base: base.revision, ours: ours.revision, theirs: theirs.revision };
    await this.#spare.set(this.#keys.conflict(head.id), { ...head, revisions });
    if (isNew) this.#count++;
    return isWhole;
  }

  async #setSide(key: string, value: unknown): Promise<boolean> {
    try {
      await this.#spare.set(key, value);
      return true;
    } catch (error) {
      if (storeFaults.STORE_REQUEST_INVALID.matches(error)) return false;
      throw error;
    }
  }

  /** How the conflict of that write was decided, if it had one. */
  async decided(id: string, operationId: string): Promise<Conflict['stays'] | undefined> {
    const head = await this.#attempt(() => this.#spare.get<Head>(this.#keys.conflict(id)));
    return head?.value.operationId === operationId ? head.value.stays : undefined;
  }

  async list({ after, limit }: ListOptions): Promise<ConflictPage> {
    const page = await this.#spare.list<Head>(this.#keys.conflicts, { after, limit });
    const conflicts = await Promise.all(page.entries.map(({ value }) => this.#read(value)));
    return { conflicts, next: page.next };
  }

  async remove(id: string): Promise<boolean> {
    const isThere = await this.#spare.delete(this.#keys.conflict(id));
    for (const name of SIDES) await this.#spare.delete(this.#keys.side(id, name));
    if (isThere) this.#count--;
    return isThere;
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw spareFault(this.#store, error);
    }
  }

  async #read({ revisions, ...head }: Head): Promise<Conflict> {
    const [base, ours, theirs, merged] = await Promise.all(
      SIDES.map((name) => this.#spare.get(this.#keys.side(head.id, name))),
    );
    const side = (revision: Revision | null, entry: { readonly value: unknown } | undefined) =>
      entry === undefined ? { revision } : { revision, value: entry.value };
    return {
      ...head,
      base: side(revisions.base, base),
      ours: side(revisions.ours, ours),
      theirs: side(revisions.theirs, theirs),
      ...(head.stays === 'merged' ? { merged: merged?.value } : {}),
    };
  }
}

type Head = Omit<Conflict, 'base' | 'ours' | 'theirs' | 'merged'> & {
  readonly revisions: Readonly<Record<'base' | 'ours' | 'theirs', Revision | null>>;
};

const SIDES = ['base', 'ours', 'theirs', 'merged'];
