import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { EntryQueries, NOW_MS } from './entry-queries.ts';
import { EntryWrites } from './entry-writes.ts';
import { commitFailureOf, failureOf, isConnectionSuspect } from './failure.ts';
import type { Answer, DatabaseSettings, Failure, Request } from './messages.ts';
import { openDatabase } from './open-database.ts';
import { Sweep } from './sweep.ts';

/**
 * @internal One connection, which works through batches: all writes of one are one transaction, and so one fsync. A
 * transaction that fails is taken back, and its writes are tried one by one, so that none spoils the others.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #queries: EntryQueries;
  readonly #writes: EntryWrites;
  readonly #sweep: Sweep;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #time: StatementSync;
  #untilSweep = 0;
  #isSuspect = false;

  /** Throws DatabaseRefused, or an error of SQLite. */
  constructor(settings: DatabaseSettings) {
    const database = openDatabase(settings);
    this.#database = database;
    this.#queries = new EntryQueries(database);
    this.#writes = new EntryWrites(database, this.#queries, settings.operationTtlMs);
    this.#sweep = new Sweep(database, settings.operationTtlMs);
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#time = database.prepare(`SELECT ${NOW_MS} AS ms`);
  }

  /** Whether something has failed after which the file should be opened anew. */
  get isSuspect(): boolean {
    return this.#isSuspect;
  }

  /** In the order of the requests. What is read is read after what is written. */
  run(requests: readonly Request[], wallMs: number | null): readonly Answer[] {
    const answers: Answer[] = new Array(requests.length);
    const changing = requests.flatMap((request, at) => (isChange(request) ? [at] : []));
    if (changing.length > 0) this.#change(requests, changing, wallMs, answers);
    for (const [at, request] of requests.entries()) {
      if (!isChange(request)) answers[at] = this.#read(request, wallMs);
    }
    return answers;
  }

  /** To be called when nobody waits. Has something to do after every so many writes, and at first. */
  sweepIfDue(wallMs: number | null): void {
    if (this.#untilSweep > 0) return;
    this.#untilSweep = WRITES_BETWEEN_SWEEPS;
    try {
      this.#begin.run();
      this.#sweep.run(this.#nowMs(wallMs), SWEPT_AT_ONCE);
      this.#commit.run();
    } catch (error) {
      this.#rollBack(error); // what cannot be swept now is swept later
    }
  }

  close(): void {
    this.#database.close();
  }

  #change(
    requests: readonly Request[],
    changing: readonly number[],
    wallMs: number | null,
    answers: Answer[],
  ) {
    this.#untilSweep -= changing.length;
    let failed = this.#transact(requests, changing, wallMs, answers);
    const isShared = failed?.isByPart === true && changing.length > 1;
    for (const at of failed === undefined ? [] : changing) {
      if (isShared && failed?.isByPart !== false) failed = this.#transact(requests, [at], wallMs, answers);
      if (failed !== undefined) answers[at] = failed.failure;
    }
  }

  /** Fills in the answers; or says what has failed, and then nothing has happened, or nobody knows. */
  #transact(
    requests: readonly Request[],
    changing: readonly number[],
    wallMs: number | null,
    answers: Answer[],
  ): FailedTransaction | undefined {
    let step: 'begin' | 'work' | 'commit' = 'begin';
    try {
      this.#begin.run();
      step = 'work';
      const hostMs = this.#writes.begin(); // not before: leases may have expired while another process held the file
      const nowMs = wallMs ?? hostMs;
      for (const at of changing) answers[at] = this.#changeOne(requests[at] as Request, nowMs);
      this.#writes.end();
      step = 'commit';
      this.#commit.run();
      return undefined;
    } catch (error) {
      this.#rollBack(error);
      const failure = step === 'commit' ? commitFailureOf(error) : failureOf(error);
      return { failure, isByPart: step !== 'begin' && failure.failure !== 'unknown' };
    }
  }

  #changeOne(request: Request, nowMs: number): Answer {
    if (request.kind === 'write') return this.#writes.write(request.write, nowMs);
    const { key, revision, ttlMs } = request as Extract<Request, { kind: 'touch' }>;
    return this.#writes.touch(key, revision, ttlMs, nowMs);
  }

  #read(request: Request, wallMs: number | null): Answer {
    try {
      if (request.kind === 'get') return this.#queries.get(request.key, this.#nowMs(wallMs));
      if (request.kind === 'history') return this.#queries.history();
      const { prefix, after, limit } = request as Extract<Request, { kind: 'list' }>;
      return this.#queries.list(prefix, after, limit, this.#nowMs(wallMs));
    } catch (error) {
      this.#isSuspect ||= isConnectionSuspect(error);
      return failureOf(error);
    }
  }

  #rollBack(error: unknown): void {
    this.#isSuspect ||= isConnectionSuspect(error);
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK'); // SQLite has not always done so by itself
  }

  #nowMs(wallMs: number | null): number {
    return wallMs ?? (this.#time.get()?.['ms'] as number);
  }
}

interface FailedTransaction {
  readonly failure: Failure;
  /** Whether a part of it may do better: it is in the way of the whole, or the whole did not fit. */
  readonly isByPart: boolean;
}

/** A write leaves one row at most that will have to go, so that more are swept than come. */
const WRITES_BETWEEN_SWEEPS = 256;
const SWEPT_AT_ONCE = 512;

function isChange({ kind }: Request): boolean {
  return kind === 'write' || kind === 'touch';
}
