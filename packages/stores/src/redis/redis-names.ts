/**
 * @internal The keys of one store. What stands in braces decides the slot of a key in a cluster: all are in one, as a
 * script must find all that it touches on one node.
 */
export class RedisNames {
  /** The last revision that was given. */
  readonly revision: string;
  /** A sorted set of all keys, for lists in the order of bytes. */
  readonly index: string;
  /** A sorted set of the keys that will expire, by when, in Unix milliseconds of the server. */
  readonly expiry: string;
  /** The channel on which changes are told. */
  readonly changes: string;
  readonly #entry: string;
  readonly #operation: string;

  constructor(keyPrefix: string) {
    this.revision = `{${keyPrefix}}revision`;
    this.index = `{${keyPrefix}}index`;
    this.expiry = `{${keyPrefix}}expiry`;
    this.changes = `{${keyPrefix}}changes`;
    this.#entry = `{${keyPrefix}}entry:`;
    this.#operation = `{${keyPrefix}}operation:`;
  }

  entry(key: string): string {
    return this.#entry + key;
  }

  operation(id: string): string {
    return this.#operation + id;
  }
}
