import { noSignals, type Pipeline, pipeline, type Timer, timeout } from '@sustain/kernel';
import { ABSENT, type Change, type Entry, type Revision } from '../contract.ts';
import { storeFaults } from '../store-faults.ts';
import { ClusterMirror } from './cluster-mirror.ts';
import type { MemberRecord } from './cluster-records.ts';
import type { ClusterTerms } from './shared-breaker-options.ts';
import { sharedBreakerAlone, sharedBreakerTogether } from './shared-breaker-signals.ts';

/**
 * @internal The connection of one instance to the others: says that it lives, and what it has voted, and hears of theirs.
 * Whatever goes wrong with the store makes it alone, until it has come to know everything anew.
 */
export class ClusterLink {
  readonly mirror: ClusterMirror;
  isTogether = false;
  readonly #terms: ClusterTerms;
  readonly #heard: (isFresh: boolean) => void;
  readonly #patient: Pipeline<unknown>;
  readonly #end = new AbortController();
  readonly #memberKey: string;
  #session = new AbortController();
  #told: 'alone' | 'together' | undefined;
  #vote: Revision | null = null;
  #written: { readonly vote: Revision | null; readonly revision: Revision } | undefined;
  #writing: Promise<void> | undefined;
  /** What was written last, when it is; never rejects. */
  #inFlight: Promise<unknown> | undefined;
  /** Since the last writing the store has been away, or there was none. */
  #isLost = true;
  #heartbeat: Timer | undefined;
  /** In a row. */
  #failures = 0;

  /** `heard` is called when the mirror has changed: `isFresh` when somebody has just done what it shows. */
  constructor(terms: ClusterTerms, heard: (isFresh: boolean) => void) {
    const { name, clock, random, instance, storeTimeoutMs } = terms;
    this.#terms = terms;
    this.#heard = heard;
    this.mirror = new ClusterMirror(name);
    this.#memberKey = this.mirror.keys.members + instance;
    this.#patient = pipeline({ name, clock, random, signals: noSignals }, timeout(storeTimeoutMs));
    void this.#live();
  }

  /** What this instance holds against the dependency: the decision that it knew when it opened by itself; null, nothing. */
  set vote(vote: Revision | null) {
    this.#vote = vote;
    // Not for nothing: `heard` would be called in the middle of a change.
    if (this.isTogether && this.#written?.vote !== vote) void this.#publish();
  }

  /** Asks the store, within its time. Rejects as that does, or of TIMED_OUT. */
  async ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return (await this.#patient.run(work)) as T;
    } catch (error) {
      // That it was told no is an answer.
      if (!storeFaults.GUARD_LOST.matches(error)) this.#lose(error);
      throw error;
    }
  }

  /** Says good-bye, as far as the store can be reached. */
  async close(): Promise<void> {
    if (this.#end.signal.aborted) return;
    this.#end.abort();
    this.isTogether = false;
    this.#session.abort();
    this.#heartbeat?.cancel();
    await this.#inFlight; // what is on its way arrives before the good-bye
    if (this.#isLost) return;
    // Another may have come since, under the same name.
    const revision = this.#written?.revision;
    await this.ask(() => this.#terms.store.delete(this.#memberKey, { revision })).catch(() => undefined);
  }

  async #live(): Promise<void> {
    const { clock, random } = this.#terms;
    const { signal } = this.#end;
    for (; !signal.aborted; this.#failures++) {
      try {
        await this.#meet();
      } catch (error) {
        this.#lose(error);
      }
      const delayMs = Math.min(RETRY_MS * 2 ** this.#failures, MAX_RETRY_MS) * (0.5 + random.next() / 2);
      await clock.sleep(delayMs, { signal, keepAlive: false }).catch(() => undefined);
    }
  }

  /** Comes to know everything, then listens until something goes wrong. */
  async #meet(): Promise<void> {
    const { store, signals, name, instance } = this.#terms;
    const session = new AbortController();
    this.#session = session;
    try {
      await this.#write();
      const watching = store.watch(this.mirror.keys.prefix, { signal: session.signal });
      const watch = await this.ask(() => watching);
      this.mirror.replace(await this.#readAll());
      session.signal.throwIfAborted();
      this.#told = 'together';
      this.isTogether = true;
      this.#failures = 0;
      const instances = this.mirror.members.size;
      signals.channel(sharedBreakerTogether).emit({ instance, instances }, { source: name });
      this.#heard(false);
      void this.#publish();
      this.#beatFor(session.signal, () => this.#lookAgain());
      for await (const change of watch) {
        this.#apply(change);
        this.#heard(true);
      }
    } finally {
      this.isTogether = false;
      session.abort();
      this.#heartbeat?.cancel();
    }
  }

  async #readAll(): Promise<readonly Entry[]> {
    const { store } = this.#terms;
    const { prefix, decision, isolations } = this.mirror.keys;
    const entries: Entry[] = [];
    let after: string | undefined;
    do {
      const page = await this.ask(() => store.list(prefix, { after, limit: 1000 }));
      entries.push(...page.entries);
      // Whoever wanted it, and whenever: it is there.
      const held = page.corrupted.filter((key) => key.startsWith(isolations));
      entries.push(...held.map((key) => ({ key, value: undefined, revision: ABSENT })));
      // Nobody can follow what cannot be read, or take its place.
      if (page.corrupted.includes(decision)) await this.ask(() => store.delete(decision));
      after = page.next;
    } while (after !== undefined);
    return entries;
  }

  #apply(change: Change): void {
    if (change.kind === 'set') this.mirror.set(change);
    else if (change.kind === 'deleted') this.mirror.deleted(change.key);
    else if (change.key === this.mirror.keys.decision) throw new Error('the decision cannot be read');
  }

  #beatFor(session: AbortSignal, then: () => Promise<void> = async () => undefined): void {
    if (session.aborted) return;
    const again = () =>
      void this.#beat()
        .then(then)
        .then(() => this.#beatFor(session));
    const { clock, instanceTtlMs } = this.#terms;
    this.#heartbeat = clock.schedule(instanceTtlMs / 3, again, { keepAlive: false });
  }

  /** What was read as the watch began, and had gone before the watch saw it, is gone without a word. */
  async #lookAgain(): Promise<void> {
    try {
      if (await this.mirror.forgetWhatIsGone(() => this.#readAll())) this.#heard(true);
    } catch {
      return; // `ask` has drawn the conclusion
    }
  }

  async #beat(): Promise<void> {
    const { store, instanceTtlMs } = this.#terms;
    const { revision } = this.#written ?? { revision: 0 };
    try {
      await this.#writing;
      const isThere = await this.ask(() => store.touch(this.#memberKey, revision, instanceTtlMs));
      // It was away for so long that others hold it for dead; or has just voted.
      if (!isThere && this.#written?.revision === revision) await this.#write();
    } catch {
      return; // `ask` has drawn the conclusion
    }
  }

  /** Until what the others can read is what is so. */
  async #publish(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.isTogether && this.#written?.vote !== this.#vote) await this.#write();
    } catch {
      return; // likewise
    }
    if (this.isTogether) this.#heard(true);
  }

  async #write(): Promise<void> {
    const { store, instance, instanceTtlMs } = this.#terms;
    this.#end.signal.throwIfAborted();
    const member: MemberRecord = { vote: this.#vote };
    const writing = this.ask(() => store.set(this.#memberKey, member, { ttlMs: instanceTtlMs }));
    this.#inFlight = writing.catch(() => undefined);
    const revision = await writing;
    this.#isLost = false;
    this.#written = { ...member, revision };
    this.mirror.members.set(instance, member);
  }

  #lose(error: unknown): void {
    this.isTogether = false;
    this.#session.abort();
    if (this.#end.signal.aborted) return;
    this.#isLost = true;
    if (this.#told === 'alone') return;
    this.#told = 'alone';
    const { signals, name, instance } = this.#terms;
    const reason = error instanceof Error ? error.message : String(error);
    signals.channel(sharedBreakerAlone).emit({ instance, reason, error }, { source: name });
  }
}

const RETRY_MS = 250;
const MAX_RETRY_MS = 2000;
