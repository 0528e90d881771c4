import type { Entry, Revision } from '../contract.ts';
import {
  type ClusterDecision,
  type ClusterIsolation,
  clusterKeys,
  decisionOf,
  isolationOf,
  type MemberRecord,
  memberOf,
} from './cluster-records.ts';

/** @internal What an instance knows of the others. Where it was told of something, it says what that was. */
export class ClusterMirror {
  readonly keys: ReturnType<typeof clusterKeys>;
  readonly members = new Map<string, MemberRecord>();
  readonly isolations = new Map<string, ClusterIsolation>();
  decision: { readonly revision: Revision; readonly what: ClusterDecision | undefined } = {
    revision: 0,
    what: undefined,
  };
  /** At which revision it has come to know what it knows, by key. */
  readonly #revisions = new Map<string, Revision>();
  /** Somebody has the lease to probe. */
  isProbed = false;

  constructor(name: string) {
    this.keys = clusterKeys(name);
  }

  /** All there is, read at once. */
  replace(entries: readonly Entry[]): void {
    this.members.clear();
    this.isolations.clear();
    this.#revisions.clear();
    this.isProbed = false;
    const decided = entries.some(({ key }) => key === this.keys.decision);
    if (!decided) this.decision = { revision: 0, what: undefined };
    for (const entry of entries) this.set(entry);
  }

  /** Reads all, and forgets what is not there and was before; whether there was any. */
  async forgetWhatIsGone(readAll: () => Promise<readonly Entry[]>): Promise<boolean> {
    const before = new Map(this.#revisions);
    for (const { key } of await readAll()) before.delete(key);
    const gone = [...before].filter(([key, revision]) => this.#revisions.get(key) === revision);
    for (const [key] of gone) this.deleted(key);
    return gone.length > 0;
  }

  set({ key, value, revision }: Entry): void {
    const { members, isolations, decision, probe } = this.keys;
    this.#revisions.set(key, revision);
    if (key === probe) this.isProbed = true;
    else if (key === decision) {
      if (revision > this.decision.revision) this.decision = { revision, what: decisionOf(value) };
    } else if (key.startsWith(isolations)) this.isolations.set(key, isolationOf(value));
    else if (key.startsWith(members)) {
      const member = memberOf(value);
      if (member !== undefined) this.members.set(key.slice(members.length), member);
    }
  }

  deleted(key: string): void {
    const { members, decision, probe } = this.keys;
    this.#revisions.delete(key);
    if (key === probe) this.isProbed = false;
    else if (key === decision) this.decision = { revision: 0, what: undefined };
    else if (key.startsWith(members)) this.members.delete(key.slice(members.length));
    else this.isolations.delete(key);
  }
}
