import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { LIVE_PATH } from './auth/index.ts';
import { serverFaults } from './faults.ts';
import { loopbackNames } from './loopback.ts';
import { Refusal } from './refusal.ts';

export interface AdmissionOptions {
  /** More host names that a Host header may carry, without port. */
  readonly allowedHosts: readonly string[];
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

/**
 * Decides whether a request may come in, whoever sends it: for plain requests and for upgrades alike.
 *
 * - A server that stops takes nothing more but `/health/live`: it lives until it is gone.
 * - The Host header must name this machine, or be an address. A page on evil.example that rebinds its name to
 *   127.0.0.1 still sends `Host: evil.example`, and no page can make a browser send the address instead.
 * - An Origin header, which browsers send with every WebSocket and with every request that writes or whose answer a script
 *   could read, must be the server's own. Otherwise any page open in the browser could control it, or take its places.
 *   Programs send none and pass.
 * - What another site embeds (an image, a script) is refused too: browsers say so in Sec-Fetch-Site. A link to us is none.
 */
export class Admission {
  readonly #hosts: ReadonlySet<string>;
  readonly #stopping: AbortSignal;

  constructor(options: AdmissionOptions) {
    this.#hosts = new Set([...loopbackNames, ...options.allowedHosts].map((name) => name.toLowerCase()));
    this.#stopping = options.stopping;
  }

  /** `isHttps`: whether the request came over https, as far as that is known. */
  refuses(request: IncomingMessage, isHttps: boolean): Refusal | undefined {
    if (this.#stopping.aborted && request.url !== LIVE_PATH)
      return new Refusal(serverFaults.STOPPING({ retryAfterMs: 1000 }), 503);
    const { origin, host } = request.headers;
    if (host === undefined)
      return new Refusal(serverFaults.REQUEST_INVALID({ reason: 'it has no Host header' }), 400);
    if (!this.#answersTo(host.toLowerCase().replace(/:\d*$/, '')))
      return new Refusal(serverFaults.HOST_REFUSED({ host }), 421);
    if (origin !== undefined && !isOwn(origin, host, isHttps))
      return new Refusal(serverFaults.ORIGIN_REFUSED({ origin }), 403);
    const { 'sec-fetch-site': site, 'sec-fetch-mode': mode } = request.headers;
    if ((site === 'cross-site' || site === 'same-site') && (mode !== 'navigate' || writes(request)))
      return new Refusal(serverFaults.ORIGIN_REFUSED({ origin: 'another site' }), 403);
    return undefined;
  }

  #answersTo(name: string): boolean {
    return this.#hosts.has(name) || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
  }
}

/** Whether a request may change something. A WebSocket may: what it sends is not limited by its method. */
export function writes({ headers, method }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket' || !readingMethods.has(method);
}

const readingMethods: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** `http://127.0.0.1:4400` is own of `127.0.0.1:4400`; `null` is nobody's. Whoever serves https is no page of http. */
function isOwn(origin: string, host: string, isHttps: boolean): boolean {
  const [, scheme, from] = /^(https?):\/\/([^/]+)$/.exec(origin.toLowerCase()) ?? [];
  return from === host.toLowerCase() && (scheme === 'https' || !isHttps);
}
