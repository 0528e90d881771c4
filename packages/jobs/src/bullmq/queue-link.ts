import { breaker, bulkhead, Fault, type Pipeline, pipeline, timeout } from '@sustain/kernel';
import type { Queue } from 'bullmq';
import type { SettledBullmqOptions } from './bullmq-options.ts';
import { type CommandKind, commandFault } from './command-fault.ts';
import type { RedisClient } from './redis-client.ts';

/**
 * @internal The way to a queue in Redis. Every command goes through policies: no more at once than may be, none to a server
 * that has let five in a row wait for nothing (a second of peace each time), and none for longer than it may take.
 */
export class QueueLink {
  readonly options: SettledBullmqOptions;
  readonly bull: Queue;
  /** What the keys of the queue begin with. */
  readonly keys: string;
  readonly #client: RedisClient;
  readonly #commands: Pipeline<unknown>;

  constructor(options: SettledBullmqOptions, bull: Queue, client: RedisClient) {
    const { name, clock, random, signals, maxInFlight, commandTimeoutMs, prefix } = options;
    this.options = options;
    this.bull = bull;
    this.keys = `${prefix}:${name}:`;
    this.#client = client;
    const isFailure = (error: unknown) => error instanceof Fault && error.code === 'TIMED_OUT';
    this.#commands = pipeline(
      { name, clock, random, signals },
      bulkhead({ name, limit: maxInFlight }),
      breaker({ name, consecutive: 5, openMs: 1000, isFailure }),
      timeout(commandTimeoutMs),
    );
  }

  async run<T>(kind: CommandKind, command: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    try {
      return (await this.#commands.run(command, signal && { signal })) as T;
    } catch (error) {
      throw signal?.aborted ? signal.reason : commandFault(error, kind, this.options);
    }
  }

  /** One of ours, which take all in ARGV: the keys' beginning, and then `args`. */
  script(
    kind: CommandKind,
    lua: string,
    args: readonly (string | number)[],
    signal?: AbortSignal,
  ): Promise<unknown> {
    return this.send(kind, ['EVAL', lua, '0', this.keys, ...args.map(String)], signal);
  }

  send(kind: CommandKind, command: readonly string[], signal?: AbortSignal): Promise<unknown> {
    return this.run(kind, () => this.#client.sendCommand(command), signal);
  }

  /** Whole milliseconds. */
  get nowWallMs(): number {
    return Math.floor(this.options.clock.wallMs());
  }
}
