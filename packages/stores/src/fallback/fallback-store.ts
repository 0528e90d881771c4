import { type KeyLock, keyLock, untilAborted } from '@sustain/kernel';
import { checkOptions, WAIT } from '@sustain/kernel/options';
import {
  ABSENT,
  type CompareAndSetResult,
  type DeleteOptions,
  type Durability,
  type Entry,
  type ListOptions,
  type Page,
  type ReadOptions,
  type Revision,
  storeFaults,
  type Watch,
  type WatchOptions,
  type WriteOptions,
} from '../contract.ts';
import { checkKey, checkPrefix, checkTtl, DEFAULT_PAGE, jsonOf, MAX_PAGE } from '../limits.ts';
import type { ConflictPage } from './conflict-records.ts';
import type { FallbackStore } from './fallback-contract.ts';
import { FallbackEngine } from './fallback-engine.ts';
import {
  type FallbackOptions,
  type SettledFallbackOptions,
  settleFallbackOptions,
} from './fallback-options.ts';
import type { FallbackState } from './fallback-state.ts';
import { watchFallback } from './fallback-watch.ts';
import { inTurn } from './in-turn.ts';
import { answerOf } from './journal-record.ts';
import { OperationAnswers } from './operation-answers.ts';
import { vouches } from './vouches.ts';
import type { WriteAnswer, WriteRequest } from './write-request.ts';

/**
 * A store that stands in for its primary while that is away, honestly.
 *
 * - **While the primary is there** everything goes to it. Writes of one key go one after the other.
 * - **Away** it is when it says so, or an answer is lost, or takes longer than `patienceMs`; the very operation that met
 *   this is carried on. From then on a write is acknowledged when it is in the journal in the spare, and a read answers what
 *   this instance has written or, from a bounded cache of what `remembers` allows, has seen; "does not exist" is said only
 *   of what is known not to, else NOT_KNOWN. A write that depends on what is not known is refused; `set` does not. Lists
 *   are not `complete`.
 * - **When it is back**, `successes` times in a row, the journal is brought into it: each key in order, each write once, by
 *   its operation id, upon what it was made on. A key that is asked for meanwhile goes first. What others have changed is a
 *   conflict: `onConflict` decides, both sides are recorded in the spare and `fallback.conflict` is told.
 * - **After a crash** the next store of the same instance and spare goes on with the journal; whoever opens it last owns
 *   it, and the one before can no longer write into it.
 *
 * Revisions that are told while the primary is away are of a range of their own, from 2^52 on; they go on being taken for
 * what they stand for, and the primary's, which are smaller, are told again afterwards. So while it is away they are no
 * fencing tokens. Watches go on: changes of this instance are told at once, those of others when the primary is back.
 *
 * Throws SPARE_TOO_WEAK when the spare is volatile, and a RangeError or TypeError when an option is out of range.
 */
export function fallbackStore(options: FallbackOptions): FallbackStore {
  return new JournalledStore(settleFallbackOptions(options));
}

class JournalledStore implements FallbackStore {
  readonly name: string;
  readonly durability: Durability;
  readonly #settings: SettledFallbackOptions;
  readonly #engine: FallbackEngine;
  readonly #answers = new OperationAnswers();
  readonly #lock: KeyLock = keyLock();
  readonly #watches = new Set<Watch<never>>();
  #closing: Promise<void> | undefined;

  constructor(settings: SettledFallbackOptions) {
    const { name, primary, spare } = settings;
    this.name = name;
    this.durability = STRENGTHS.find((strength) =>
      [primary, spare].some(({ durability }) => durability === strength),
    ) as Durability;
    this.#settings = settings;
    this.#engine = new FallbackEngine(settings, this.#lock);
    this.#engine.lifecycle.openSoon();
  }

  state(): FallbackState {
    return this.#engine.parts.standing.describe();
  }

  async settled({ signal }: ReadOptions = {}): Promise<void> {
    this.#throwIfClosed();
    signal?.throwIfAborted();
    await untilAborted(this.#engine.parts.standing.settled(), signal);
  }

  async conflicts(options: Pick<ListOptions, 'after' | 'limit'> = {}): Promise<ConflictPage> {
    await this.#ready();
    return this.#engine.parts.records.list(options);
  }

  async removeConflict(id: string): Promise<boolean> {
    await this.#ready();
    return this.#engine.parts.records.remove(id);
  }

  async get<Value>(key: string, { signal }: ReadOptions = {}): Promise<Entry<Value> | undefined> {
    checkKey(this.name, key);
    this.#throwIfClosed();
    signal?.throwIfAborted();
    if (!this.#engine.isOpen) await this.#ready(signal);
    return (await this.#engine.read(key, signal)) as Entry<Value> | undefined;
  }

  async set(key: string, value: unknown, options: WriteOptions = {}): Promise<Revision> {
    const answer = await this.#write('set', key, this.#jsonOf(key, value), undefined, options);
    return (answer as Extract<WriteAnswer, { outcome: 'done' }>).revision;
  }

  async compareAndSet<Value>(
    key: string,
    expected: Revision,
    value: unknown,
    options: WriteOptions = {},
  ): Promise<CompareAndSetResult<Value>> {
    this.#checkRevision(expected);
    const answer = await this.#write('set', key, this.#jsonOf(key, value), expected, options);
    return answer.outcome === 'done'
      ? { ok: true, revision: answer.revision }
      : { ok: false, entry: answer.entry as Entry<Value> | undefined };
  }

  async touch(key: string, revision: Revision, ttlMs: number, options: ReadOptions = {}): Promise<boolean> {
    checkKey(this.name, key);
    checkTtl(this.name, ttlMs);
    this.#checkRevision(revision);
    const answer = await this.#write('touch', key, undefined, revision, { ...options, ttlMs });
    return answer.outcome === 'done';
  }

  async delete(key: string, options: DeleteOptions = {}): Promise<boolean> {
    const { revision } = options;
    checkKey(this.name, key);
    if (revision !== undefined) this.#checkRevision(revision);
    if (revision === ABSENT) return false;
    const answer = await this.#write('delete', key, undefined, revision, options);
    return answer.outcome === 'done';
  }

  async list<Value>(prefix: string, options: ListOptions = {}): Promise<Page<Value>> {
    const { after, limit = DEFAULT_PAGE, signal } = options;
    checkPrefix(this.name, prefix);
    if (after !== undefined) checkKey(this.name, after);
    checkOptions(`page of ${this.name}`, { limit: [limit, MAX_PAGE] });
    await this.#ready(signal);
    return (await this.#engine.list({ prefix, after, limit }, signal)) as Page<Value>;
  }

  async watch<Value>(prefix: string, options: WatchOptions = {}): Promise<Watch<Value>> {
    checkPrefix(this.name, prefix);
    await this.#ready(options.signal);
    const watch = await watchFallback<Value>(prefix, options, this.#engine, (ended) =>
      this.#watches.delete(ended as Watch<never>),
    );
    this.#watches.add(watch as Watch<never>);
    if (this.#closing !== undefined) await watch.close();
    return watch;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#engine.parts.standing.end(storeFaults.STORE_CLOSED({ store: this.name }));
    await Promise.all([...this.#watches].map((watch) => watch.close()));
    await this.#engine.lifecycle.close();
  }

  /** Of a key that is well-formed. Throws when the options are not. */
  #write(
    kind: WriteRequest['kind'],
    key: string,
    json: string | undefined,
    expected: Revision | undefined,
    { signal, ttlMs, operationId, guard }: WriteOptions,
  ): Promise<WriteAnswer> {
    if (ttlMs !== undefined) checkTtl(this.name, ttlMs);
    if (operationId !== undefined) checkKey(this.name, operationId);
    if (guard !== undefined) checkKey(this.name, guard.key);
    this.#throwIfClosed();
    signal?.throwIfAborted();
    const id = operationId ?? this.#engine.nextOperationId();
    const isCreation = kind === 'set' && expected === ABSENT && operationId === undefined;
    const isWrittenOnce = isCreation && vouches(this.#settings.writtenOnce, key);
    const request = { kind, key, json, expected, ttlMs, operationId: id, isWrittenOnce, guard };
    const work = () => (operationId === undefined ? this.#engine.write(request) : this.#writeNamed(request));
    if (this.#engine.isOpen) return inTurn(this.#lock, key, work, signal);
    return this.#ready(signal).then(() => inTurn(this.#lock, key, work, signal));
  }

  /** Once, by the id that its caller gave it. */
  async #writeNamed(request: WriteRequest): Promise<WriteAnswer> {
    const { operationId } = request;
    const before = this.#answered(operationId);
    if (before !== undefined) return before;
    const answer = await this.#engine.write(request);
    if (answer.outcome === 'done') this.#answers.keep(operationId, answer);
    return answer;
  }

  /** Also when an earlier run was told to do it: it is in the journal then. */
  #answered(operationId: string): WriteAnswer | undefined {
    const record = this.#engine.parts.pending.operation(operationId);
    return record === undefined ? this.#answers.find(operationId) : answerOf(record);
  }

  /** Resolves when the journal is open. */
  async #ready(signal?: AbortSignal): Promise<void> {
    this.#throwIfClosed();
    signal?.throwIfAborted();
    if (this.#engine.isOpen) return;
    await untilAborted(this.#engine.lifecycle.open(), signal);
    this.#throwIfClosed();
  }

  #throwIfClosed(): void {
    if (this.#closing !== undefined) throw storeFaults.STORE_CLOSED({ store: this.name });
  }

  /** Of a value; what is wrong with its key is told first. */
  #jsonOf(key: string, value: unknown): string {
    checkKey(this.name, key);
    return jsonOf(this.name, key, value, this.#settings.maxValueBytes);
  }

  #checkRevision(revision: Revision): void {
    // Most are in order, and looking closer costs more than all else here.
    if (Number.isSafeInteger(revision) && revision >= ABSENT) return;
    checkOptions(`entry in ${this.name}`, { revision: [revision, REVISION] });
  }
}

const REVISION = { ...WAIT, whole: true };
/** The weakest first. */
const STRENGTHS: readonly Durability[] = ['volatile', 'process-death', 'power-loss'];
