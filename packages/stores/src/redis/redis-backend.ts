import { Fault, type SignalChannel, type SignalSink } from '@sustain/kernel';
import type { Backend, Stored, Subscriber, Write, Written } from '../backend.ts';
import { ABSENT, type Durability, type Revision } from '../contract.ts';
import { storeFaults } from '../store-faults.ts';
import { storeAvailability } from '../store-signals.ts';
import { RedisChanges } from './redis-changes.ts';
import type { RedisArgument, RedisClient } from './redis-client.ts';
import { type LinkOptions, RedisLink } from './redis-link.ts';
import type { RedisNames } from './redis-names.ts';
import { readRecord, recordHead } from './redis-record.ts';
import { isRefusedWhole, replyCode } from './redis-reply.ts';
import { BEGIN, PUT, READ, REMOVE, type RedisScript, TOUCH } from './redis-scripts.ts';
import { checkServer, complaintAbout } from './redis-server.ts';

/** @internal */
export interface RedisBackendOptions extends Pick<LinkOptions, 'store' | 'address' | 'settled' | 'clock'> {
  readonly names: RedisNames;
  readonly durability: Durability;
  readonly operationTtlMs: number;
  readonly signals: SignalSink;
}

/** @internal One script for each kind of write, and a plain GET for reading. */
export class RedisBackend implements Backend {
  readonly name = 'redis';
  readonly ignoresSignals = true;
  readonly durability: Durability;
  readonly #options: RedisBackendOptions;
  readonly #link: RedisLink;
  readonly #changes: RedisChanges;
  readonly #availability: SignalChannel<{ state: 'available' | 'unavailable'; reason: string }>;
  #told: 'available' | 'unavailable' | undefined;

  constructor(options: RedisBackendOptions) {
    const { signals, names, durability, address } = options;
    this.#options = options;
    this.durability = durability;
    this.#availability = signals.channel(storeAvailability);
    this.#link = new RedisLink({
      ...options,
      prepare: (client) => this.#prepare(client),
      complaintAbout: (hello) => complaintAbout(options.store, hello),
      opened: () => this.#tell('available', `${address.shown} answers`),
      failed: (reason) => this.#tell('unavailable', reason),
    });
    this.#changes = new RedisChanges(
      names.changes,
      (prepare, opened) => new RedisLink({ ...options, prepare, opened }),
    );
  }

  async get(key: string): Promise<Stored | undefined> {
    const record = await this.#send(['GET', this.#options.names.entry(key)]);
    return record === null ? undefined : readRecord(key, record as string);
  }

  async write(write: Write): Promise<Written> {
    const { names, operationTtlMs } = this.#options;
    const { key, text, expected, ttlMs, operationId, guard } = write;
    const keys = [names.entry(key), names.revision, names.index, names.expiry];
    if (operationId !== undefined) keys.push(names.operation(operationId));
    if (guard !== undefined) keys.push(names.entry(guard.key));
    const args = [
      key,
      names.changes,
      expected === undefined ? '' : expected === ABSENT ? 'absent' : recordHead(expected),
      operationId === undefined ? '' : `${operationTtlMs}`,
      guard === undefined ? '' : recordHead(guard.revision),
    ];
    if (text !== undefined) args.push(ttlMs === undefined ? '' : `${ttlMs}`, text);
    return writtenBy(key, await this.#run(text === undefined ? REMOVE : PUT, keys, args, key));
  }

  async touch(key: string, revision: Revision, ttlMs: number): Promise<boolean> {
    const { names } = this.#options;
    const keys = [names.entry(key), names.expiry];
    return (await this.#run(TOUCH, keys, [key, recordHead(revision), `${ttlMs}`], key)) === 1;
  }

  async list(prefix: string, after: string | undefined, limit: number): Promise<readonly Stored[]> {
    const page: Stored[] = [];
    const last = prefix === '' ? '+' : Buffer.concat([Buffer.from(`[${prefix}`), AFTER_ALL_UTF8]);
    let first = after !== undefined && isAfter(after, prefix) ? `(${after}` : `[${prefix}`;
    while (page.length < limit) {
      const count = Math.min(limit - page.length, READ_AT_ONCE);
      const range = ['ZRANGEBYLEX', this.#options.names.index, first, last, 'LIMIT', '0', `${count}`];
      const keys = (await this.#send(range)) as string[];
      page.push(...(await this.#read(keys)));
      if (keys.length < count) break;
      first = `(${keys.at(-1)}`;
    }
    return page;
  }

  subscribe(subscriber: Subscriber): Promise<() => void> {
    return this.#changes.subscribe(subscriber);
  }

  async close(): Promise<void> {
    await Promise.all([this.#changes.close(), this.#link.close()]);
  }

  async #read(keys: readonly string[]): Promise<Stored[]> {
    if (keys.length === 0) return [];
    const { names } = this.#options;
    const entries = keys.map((key) => names.entry(key));
    const found = await this.#run(READ, [names.index, names.expiry, ...entries], keys);
    return keys.flatMap((key, at) => {
      const [record, ttlMs] = (found as (string | number | null)[]).slice(2 * at, 2 * at + 2);
      if (typeof record !== 'string') return [];
      return [readRecord(key, record, Number(ttlMs) < 0 ? undefined : Number(ttlMs))];
    });
  }

  async #prepare(client: RedisClient): Promise<void> {
    const { store, durability, names } = this.#options;
    await checkServer(store, client, durability);
    await client.sendCommand(['EVAL', BEGIN.text, '1', names.revision, names.changes]);
    const scripts = [PUT, REMOVE, TOUCH, READ];
    await Promise.all(scripts.map(({ text }) => client.sendCommand(['SCRIPT', 'LOAD', text])));
  }

  async #run(
    { sha1, text }: RedisScript,
    keys: readonly string[],
    args: readonly string[],
    writtenKey?: string,
  ): Promise<unknown> {
    const rest = [`${keys.length}`, ...keys, ...args];
    try {
      return await this.#ask(['EVALSHA', sha1, ...rest]);
    } catch (error) {
      // It was told to forget its scripts (SCRIPT FLUSH): it gets this one again.
      if (replyCode(error) === 'NOSCRIPT') return this.#send(['EVAL', text, ...rest], writtenKey);
      throw this.#faultOf(error, writtenKey);
    }
  }

  async #send(args: readonly RedisArgument[], writtenKey?: string): Promise<unknown> {
    try {
      return await this.#ask(args);
    } catch (error) {
      throw this.#faultOf(error, writtenKey);
    }
  }

  /** Rejects with a fault where there is no connection, else with what the client says. */
  #ask(args: readonly RedisArgument[]): Promise<unknown> {
    const { client } = this.#link;
    if (client !== undefined) return client.sendCommand(args);
    return this.#link.connected().then((connected) => connected.sendCommand(args));
  }

  /** What the server has refused as a whole, or the client has not sent, has not happened; all else may have. */
  #faultOf(error: unknown, writtenKey: string | undefined): Error {
    if (error instanceof Fault) return error;
    if (replyCode(error) === 'READONLY') this.#link.leave(error);
    const { store, address } = this.#options;
    const isUnsent = UNSENT.includes((error as Error).message);
    const isSaid = isUnsent || replyCode(error) !== undefined;
    const reason = isSaid ? `${address.shown}: ${this.#link.reasonOf(error)}` : this.#link.reason;
    return writtenKey === undefined || isUnsent || isRefusedWhole(error)
      ? storeFaults.STORE_UNAVAILABLE({ store, reason })
      : storeFaults.OUTCOME_UNKNOWN({ store, key: writtenKey, reason });
  }

  #tell(state: 'available' | 'unavailable', reason: string): void {
    if (this.#told === state) return;
    this.#told = state;
    this.#availability.emit({ state, reason }, { source: this.#options.store });
  }
}

/** What the client says of a command that it has not taken. */
const UNSENT = ['The client is offline', 'The client is closed', 'The queue is full'];
/** Entries that one script reads: it stops all others. */
const READ_AT_ONCE = 100;
const AFTER_ALL_UTF8 = Buffer.from([0xff]);
const GUARD_LOST = -1;
const NOTHING_TO_DELETE = 0;

function writtenBy(key: string, reply: unknown): Written {
  if (typeof reply === 'number') {
    if (reply === GUARD_LOST) return { outcome: 'guard-lost' };
    return reply === NOTHING_TO_DELETE ? { outcome: 'absent' } : { outcome: 'written', revision: reply };
  }
  const [record] = reply as string[];
  return { outcome: 'conflict', stored: record === undefined ? undefined : readRecord(key, record) };
}

function isAfter(key: string, other: string): boolean {
  return Buffer.compare(Buffer.from(key), Buffer.from(other)) >= 0;
}
