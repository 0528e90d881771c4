import type { Clock } from '@sustain/kernel';
import { serverFaults } from '../faults.ts';
import { Refusal } from '../refusal.ts';
import { KeyedQuotas, type Rate } from './keyed-quotas.ts';

/** How many requests and upgrades are let in. */
export interface RequestRates {
  /** Of one address of another machine; of IPv6, one /64. Default 50 in a second, 200 at once. */
  readonly perAddress?: Rate;
  /** Of this machine as a whole. Default 2000 in a second, 4000 at once. */
  readonly loopback?: Rate;
  /** With one token, from whatever addresses, also through its sessions. Default 200 in a second, 400 at once. */
  readonly perToken?: Rate;
}

/** Refuses who asks too much, with 429 and Retry-After. */
export class RequestLimits {
  readonly #clock: Clock;
  readonly #addresses: KeyedQuotas;
  readonly #loopback: KeyedQuotas;
  readonly #tokens: KeyedQuotas;

  /** Throws a RangeError or TypeError for a rate that is none. */
  constructor(rates: RequestRates, clock: Clock) {
    this.#clock = clock;
    this.#addresses = new KeyedQuotas(rates.perAddress ?? { perSecond: 50, burst: 200 });
    this.#loopback = new KeyedQuotas(rates.loopback ?? { perSecond: 2000, burst: 4000 });
    this.#tokens = new KeyedQuotas(rates.perToken ?? { perSecond: 200, burst: 400 });
  }

  refusesAddress(addressKey: string): Refusal | undefined {
    if (addressKey === LOOPBACK_KEY) return this.#refuses(this.#loopback, addressKey, 'address');
    return this.#refuses(this.#addresses, addressKey, 'address');
  }

  refusesToken(name: string): Refusal | undefined {
    return this.#refuses(this.#tokens, name, 'token');
  }

  #refuses(quotas: KeyedQuotas, key: string, of: 'address' | 'token'): Refusal | undefined {
    const retryAfterMs = quotas.take(key, this.#clock.monotonicMs());
    if (retryAfterMs === 0) return undefined;
    return new Refusal(serverFaults.TOO_MANY_REQUESTS({ of, retryAfterMs }), 429);
  }
}

/** The key of all addresses of this machine. */
export const LOOPBACK_KEY = 'loopback';
