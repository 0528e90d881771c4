import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { LOOPBACK_KEY } from './request-rates.ts';

/** From where a request came. */
export interface Client {
  /** `203.0.113.7`, `2001:db8::1`; `unknown` when the connection is gone. */
  readonly address: string;
  /** What limits count by: the address, of IPv6 its /64, which is what one customer has; one for all of this machine. */
  readonly addressKey: string;
  /** Whether it came over https, which only a proxy can have ended. */
  readonly isHttps: boolean;
}

/**
 * Says from where requests came. What `X-Forwarded-For` and `X-Forwarded-Proto` say counts only when a trusted proxy has
 * said it: anybody can send them.
 */
export class ClientAddresses {
  readonly #trusted = new BlockList();
  readonly #trustsAny: boolean;

  /** `trustedProxies`: addresses, or networks as `10.0.0.0/8`. Throws a RangeError for anything else. */
  constructor(trustedProxies: readonly string[]) {
    for (const proxy of trustedProxies) this.#trust(proxy);
    this.#trustsAny = trustedProxies.length > 0;
  }

  of({ socket, headers }: IncomingMessage): Client {
    let address = plainAddress(socket.remoteAddress);
    let isHttps = false;
    if (this.#trustsAny && this.trusts(address)) {
      isHttps = lastOf(headers['x-forwarded-proto']) === 'https';
      // The last entry is what our proxy saw; the ones before it are what that one says, which counts if it is ours, too.
      for (const entry of listOf(headers['x-forwarded-for']).slice(-MOST_PROXIES).reverse()) {
        const said = plainAddress(entry);
        if (isIP(said) === 0) break;
        address = said;
        if (!this.trusts(address)) break;
      }
    }
    return { address, addressKey: keyOf(address), isHttps };
  }

  trusts(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.#trusted.check(address, family === 6 ? 'ipv6' : 'ipv4');
  }

  #trust(proxy: string): void {
    const [address = '', bits] = proxy.split('/', 2);
    const family = isIP(address);
    const most = family === 6 ? 128 : 32;
    const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
    if (family === 0 || !(prefix <= most)) {
      throw new RangeError(
        `trustedProxies must be addresses or networks, as 10.0.0.2 or 10.0.0.0/8; got "${proxy}"`,
      );
    }
    this.#trusted.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
  }
}

/** More proxies in a row are none of ours. */
const MOST_PROXIES = 20;

function listOf(header: string | string[] | undefined): string[] {
  return String(header ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function lastOf(header: string | string[] | undefined): string | undefined {
  return listOf(header).at(-1);
}

/** `::ffff:127.0.0.1` is `127.0.0.1`. */
function plainAddress(address: string | undefined): string {
  return (address ?? 'unknown').replace(/^::ffff:(?=\d+\.)/i, '');
}

function keyOf(address: string): string {
  if (address === '::1' || address.startsWith('127.')) return LOOPBACK_KEY;
  if (!address.includes(':')) return address;
  // Written out, so that `::` stands for as many groups as it does.
  const [head = '', tail = ''] = address.split('::', 2);
  const groups = head.split(':').filter((group) => group !== '');
  const rest = tail.split(':').filter((group) => group !== '');
  const zeros = address.includes('::') ? Math.max(0, 8 - groups.length - rest.length) : 0;
  return [...groups, ...new Array<string>(zeros).fill('0'), ...rest].slice(0, 4).join(':').toLowerCase();
}
