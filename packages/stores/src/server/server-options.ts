import { type Random, systemRandom } from '@sustain/kernel';
import { COUNT, checkOptions, POSITIVE, TEXT } from '@sustain/kernel/options';
import type { StoreOptions } from '../create-store.ts';

/** How a store and its server get along. */
export interface ServerOptions extends StoreOptions {
  /** Where the server is, with user and password if it needs them; they are told nowhere. */
  readonly url: string;
  /** How long one attempt to connect may take. Above 0. Default 5000. */
  readonly connectTimeoutMs?: number | undefined;
  /** How long a command may take, its waiting included. Above 0. Default 2000. */
  readonly commandTimeoutMs?: number | undefined;
  /**
   * How many commands may be under way at once; those beyond are refused, as none is kept for later. A whole number, 1
   * or more. Default 1000.
   */
  readonly maxInFlight?: number | undefined;
  /** The most that is waited between two attempts to connect; the waits grow from 50 ms. Above 0. Default 5000. */
  readonly maxReconnectMs?: number | undefined;
  /** For the jitter of reconnects. Default: the host's. */
  readonly random?: Random | undefined;
}

/** @internal */
export interface SettledServerOptions {
  readonly connectTimeoutMs: number;
  readonly commandTimeoutMs: number;
  readonly maxInFlight: number;
  readonly maxReconnectMs: number;
  readonly random: Random;
}

/** @internal The defaults filled in. Throws a RangeError or TypeError when one is out of range. */
export function checkServerOptions(options: ServerOptions): SettledServerOptions {
  const { connectTimeoutMs = 5000, commandTimeoutMs = 2000 } = options;
  const { maxInFlight = 1000, maxReconnectMs = 5000, random = systemRandom } = options;
  checkOptions('store', {
    url: [options.url, TEXT],
    connectTimeoutMs: [connectTimeoutMs, POSITIVE],
    commandTimeoutMs: [commandTimeoutMs, POSITIVE],
    maxInFlight: [maxInFlight, COUNT],
    maxReconnectMs: [maxReconnectMs, POSITIVE],
  });
  return { connectTimeoutMs, commandTimeoutMs, maxInFlight, maxReconnectMs, random };
}
