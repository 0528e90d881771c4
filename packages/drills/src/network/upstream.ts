/** Where the real server listens. */
export type Upstream =
  | { readonly port: number /** Default 127.0.0.1. */; readonly host?: string }
  /** A Unix socket. */
  | { readonly path: string };

/** Of these a URL does not keep the port. */
const usualPorts: Readonly<Record<string, number>> = { 'http:': 80, 'ws:': 80, 'https:': 443, 'wss:': 443 };

/** Where the server of a URL listens. Throws a TypeError when it does not say so. */
export function upstreamOf(url: string): Upstream {
  const { protocol, hostname, port } = new URL(url);
  const number = port === '' ? usualPorts[protocol] : Number(port);
  if (hostname === '' || number === undefined) {
    throw new TypeError(`a URL with a host and a port is needed; got one with ${protocol}//${hostname}`);
  }
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: number };
}

/** The same URL, with another host and port. */
export function urlAt(url: string, host: string, port: number): string {
  const at = new URL(url);
  at.hostname = host;
  at.port = `${port}`;
  return at.href;
}

export function describeUpstream(upstream: Upstream): string {
  return 'path' in upstream ? upstream.path : `${upstream.host ?? '127.0.0.1'}:${upstream.port}`;
}
