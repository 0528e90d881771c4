/** @internal A server's address, without its credentials in what is shown. */
export interface ServerAddress {
  readonly url: URL;
  /** For faults and signals: scheme, host, port and path. */
  readonly shown: string;
}

/**
 * @internal Reads the address of a server. Throws a TypeError that does not repeat it, as there may be a password in it:
 * the error of `new URL` has it as a field.
 */
export function serverAddress(store: string, text: string, protocols: readonly string[]): ServerAddress {
  const url = URL.parse(text);
  const allowed = protocols.map((protocol) => `${protocol}//user:password@host:port/…`).join(' or ');
  if (url === null) throw new TypeError(`url of the store ${store} must be like ${allowed}; got no URL`);
  if (!protocols.includes(url.protocol)) {
    throw new TypeError(`url of the store ${store} must be like ${allowed}; got one of ${url.protocol}//`);
  }
  return { url, shown: `${url.protocol}//${url.host}${url.pathname}` };
}
