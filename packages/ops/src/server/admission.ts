import type { IncomingMessage } from 'node:http';
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
 * Decides whether a request may come in: for plain requests and for upgrades alike.
 *
 * - The Host header must name this machine. A page on evil.example that rebinds its name to 127.0.0.1 still
 *   sends `Host: evil.example`.
 * - An Origin header, which browsers send with every WebSocket and every request that writes, must be the
 *   server's own. Otherwise any page open in the browser could control it. Programs send none and pass.
 */
export class Admission {
  readonly #hosts: ReadonlySet<string>;
  readonly #stopping: AbortSignal;

  constructor(options: AdmissionOptions) {
    this.#hosts = new Set([...loopbackNames, ...options.allowedHosts].map((name) => name.toLowerCase()));
    this.#stopping = options.stopping;
  }

  refuses(request: IncomingMessage): Refusal | undefined {
    if (this.#stopping.aborted) return new Refusal(serverFaults.STOPPING({ retryAfterMs: 1000 }), 503);
    const { origin, host = '' } = request.headers;
    if (!this.#hosts.has(host.toLowerCase().replace(/:\d*$/, ''))) {
      return new Refusal(serverFaults.HOST_REFUSED({ host }), 421);
    }
    if (origin !== undefined && writes(request) && hostOf(origin) !== host.toLowerCase()) {
      return new Refusal(serverFaults.ORIGIN_REFUSED({ origin }), 403);
    }
    return undefined;
  }
}

const readingMethods: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A WebSocket counts as writing: what it sends is not limited by its method. */
function writes(request: IncomingMessage): boolean {
  return request.headers.upgrade !== undefined || !readingMethods.has(request.method);
}

/** `http://127.0.0.1:4400` → `127.0.0.1:4400`; anything else, `null` among it, → undefined. */
function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/.exec(origin.toLowerCase())?.[1];
}
