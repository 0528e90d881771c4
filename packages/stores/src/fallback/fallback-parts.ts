import { ABSENT, type Entry } from '../contract.ts';
import type { View } from './away-decision.ts';
import { Changes } from './changes.ts';
import { ConflictRecords } from './conflict-records.ts';
import type { SettledFallbackOptions } from './fallback-options.ts';
import { Journal } from './journal.ts';
import { Known } from './known.ts';
import { LocalRevisions } from './local-revisions.ts';
import { Pending } from './pending.ts';
import { PrimaryLink } from './primary-link.ts';
import { spareKeys } from './spare-keys.ts';
import { Standing } from './standing.ts';

/** @internal What a fallback store consists of. */
export class FallbackParts {
  readonly settings: SettledFallbackOptions;
  /** To the primary. */
  readonly link: PrimaryLink;
  /** In the spare. */
  readonly journal: Journal;
  readonly records: ConflictRecords;
  /** In memory: what is in the journal, and what the primary had. */
  readonly pending: Pending;
  readonly known: Known;
  readonly revisions: LocalRevisions;
  readonly standing: Standing;
  readonly changes = new Changes();

  constructor(settings: SettledFallbackOptions) {
    const { primary, spare, instance, name, clock, random, signals, patienceMs } = settings;
    const keys = spareKeys(instance);
    this.settings = settings;
    this.link = new PrimaryLink(primary, name, clock, patienceMs);
    this.journal = new Journal({ ...settings, store: name, keys });
    this.records = new ConflictRecords(spare, keys, name);
    this.pending = new Pending(clock);
    this.known = new Known(clock, settings);
    this.revisions = new LocalRevisions(random);
    const { pending, records } = this;
    this.standing = new Standing({ name, clock, signals, pending, records });
  }

  /** What is known of the key without asking the primary; undefined: nothing. */
  view(key: string): View | undefined {
    const own = this.pending.find(key);
    if (own !== undefined) return { ...own, from: 'journal' };
    const known = this.known.find(key, this.standing.awaySinceMs);
    return known && { ...known, from: 'cache' };
  }

  async readPrimary(key: string, signal?: AbortSignal): Promise<Entry | undefined> {
    const stamp = this.known.stamp();
    const entry = await this.link.ask((primary) => primary.get(key, { signal }), undefined, signal);
    this.learn(key, entry, stamp);
    return entry;
  }

  /** What was read by who has taken the stamp before. */
  learn(key: string, entry: Entry | undefined, stamp: number): void {
    this.known.read(key, entry?.revision ?? ABSENT, () => entry && JSON.stringify(entry.value), stamp);
  }
}
