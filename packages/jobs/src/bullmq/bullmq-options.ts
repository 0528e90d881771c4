import { COUNT, checkOption, checkOptions, type NumberRange, POSITIVE, TEXT } from '@sustain/kernel/options';
import { type QueueOptions, type SettledQueueOptions, settleQueueOptions } from '../queue-options.ts';

/** How a queue on Redis is opened. */
export interface BullmqQueueOptions extends QueueOptions {
  /** `redis://user:password@host:port/0`, or `rediss://`. User and password are told nowhere. */
  readonly url: string;
  /** What the keys in Redis begin with, `<prefix>:<name>:`. Letters, digits, `.`, `_`, `-`, `{` and `}`. Default `sustain-jobs`. */
  readonly prefix?: string | undefined;
  /**
   * How long a job stays with its process without a sign of life; then it is resumed elsewhere, up to as long again later.
   * A process with a blocked event loop, or cut off from Redis, may lose its jobs. 500 ms or more. Default 30,000.
   */
  readonly stalledAfterMs?: number | undefined;
  /** How long connecting may take. Above 0. Default 5000. */
  readonly connectTimeoutMs?: number | undefined;
  /** How long a command may take. Above 0. Default 2000. */
  readonly commandTimeoutMs?: number | undefined;
  /** How many commands may be under way at once; those beyond are refused. 1 or more. Default 1000. */
  readonly maxInFlight?: number | undefined;
  /** The most that is waited between two attempts to connect; the waits grow from 50 ms. Above 0. Default 5000. */
  readonly maxReconnectMs?: number | undefined;
}

/** @internal With the defaults filled in. */
export interface SettledBullmqOptions extends SettledQueueOptions {
  readonly address: RedisAddress;
  readonly prefix: string;
  readonly stalledAfterMs: number;
  readonly connectTimeoutMs: number;
  readonly commandTimeoutMs: number;
  readonly maxInFlight: number;
  readonly maxReconnectMs: number;
}

/** @internal */
export interface RedisAddress {
  readonly url: string;
  /** For faults and signals: scheme, host, port and database. */
  readonly shown: string;
  /** What no message may contain. */
  readonly secrets: readonly string[];
}

/** @internal Throws a RangeError or TypeError. */
export function settleBullmqOptions(options: BullmqQueueOptions): SettledBullmqOptions {
  const { prefix = 'sustain-jobs', stalledAfterMs = 30_000, connectTimeoutMs = 5000 } = options;
  const { commandTimeoutMs = 2000, maxInFlight = 1000, maxReconnectMs = 5000 } = options;
  checkOptions('queue', {
    prefix: [prefix, TEXT],
    stalledAfterMs: [stalledAfterMs, STALLED],
    connectTimeoutMs: [connectTimeoutMs, POSITIVE],
    commandTimeoutMs: [commandTimeoutMs, POSITIVE],
    maxInFlight: [maxInFlight, COUNT],
    maxReconnectMs: [maxReconnectMs, POSITIVE],
  });
  if (!/^[\w.{}-]{1,64}$/.test(prefix)) {
    throw new RangeError(`prefix of the queue must be 1 to 64 letters, digits and . _ - { }; got ${prefix}`);
  }
  return {
    ...settleQueueOptions(options),
    address: redisAddress(options.url),
    prefix,
    stalledAfterMs,
    connectTimeoutMs,
    commandTimeoutMs,
    maxInFlight,
    maxReconnectMs,
  };
}

/** The error does not repeat the address, as there may be a password in it. */
function redisAddress(text: string): RedisAddress {
  checkOption('url of the queue', typeof text, ['string']);
  const url = URL.parse(text);
  if (
    url === null ||
    !/^rediss?:$/.test(url.protocol) ||
    url.hostname === '' ||
    !/^(\/\d*)?$/.test(url.pathname)
  ) {
    throw new TypeError('url of the queue must be like redis://user:password@host:port/0; got another text');
  }
  const secrets = [url.username, url.password].flatMap((part) => [part, decoded(part)]);
  return {
    url: text,
    shown: `${url.protocol}//${url.host}${url.pathname}`,
    secrets: secrets.filter((secret) => secret !== ''),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new TypeError('url of the queue has a % in user or password that begins no %XX: write it as %25');
  }
}

const STALLED: NumberRange = { ...COUNT, least: 500 };
