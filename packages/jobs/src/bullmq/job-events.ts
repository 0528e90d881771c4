import type { Clock } from '@sustain/kernel';
import type { RedisClient } from './redis-client.ts';

/** @internal */
export interface JobEventsOptions {
  readonly client: RedisClient;
  /** The stream to which BullMQ, and we, write what happens. */
  readonly stream: string;
  readonly clock: Clock;
  readonly onEvent: (event: string, jobId: string) => void;
  /** What happened may have been missed. */
  readonly onGap: (error: unknown) => void;
}

/**
 * @internal Reads what happens in a queue, from now on. It remembers where it is, so that a connection that breaks costs
 * nothing; and it knows where it begins before it reads, so that what happens meanwhile is not missed.
 */
export class JobEvents {
  readonly #options: JobEventsOptions;
  #after = '0-0';
  #isClosed = false;
  #reading: Promise<void> | undefined;

  constructor(options: JobEventsOptions) {
    this.#options = options;
  }

  /** Resolves when nothing that happens from now on is missed. */
  async begin(): Promise<void> {
    const { client, stream } = this.#options;
    const last = (await client.sendCommand(['XREVRANGE', stream, '+', '-', 'COUNT', '1'])) as Entry[];
    this.#after = last[0]?.[0] ?? '0-0';
    this.#reading = this.#read();
  }

  /** The caller destroys the client, which ends the reading. */
  async end(): Promise<void> {
    this.#isClosed = true;
    await this.#reading;
  }

  async #read(): Promise<void> {
    const { client, stream, clock, onGap } = this.#options;
    const command = ['XREAD', 'COUNT', '1000', 'BLOCK', BLOCK_MS, 'STREAMS', stream];
    while (!this.#isClosed) {
      try {
        const answer = (await client.sendCommand([...command, this.#after])) as [string, Entry[]][] | null;
        for (const entry of answer?.[0]?.[1] ?? []) this.#tell(entry);
      } catch (error) {
        if (this.#isClosed) return;
        onGap(error);
        await clock.sleep(RETRY_MS, { keepAlive: false });
      }
    }
  }

  #tell([id, fields]: Entry): void {
    this.#after = id;
    const told = new Map<string, string>();
    for (let at = 0; at < fields.length; at += 2) told.set(fields[at] as string, fields[at + 1] as string);
    const jobId = told.get('jobId');
    if (jobId !== undefined) this.#options.onEvent(told.get('event') ?? '', jobId);
  }
}

type Entry = [id: string, fields: string[]];

const BLOCK_MS = '5000';
const RETRY_MS = 200;
