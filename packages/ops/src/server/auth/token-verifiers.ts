import type { Fault } from '@sustain/kernel';

/**
 * Tells whether a system has issued a token. Asked about every token that came to the system's routes and is none of the
 * server's. What it throws is answered as any error of a route.
 */
export type TokenVerifier = (token: string) => Promise<TokenVerdict>;

export type TokenVerdict =
  | {
      readonly ok: true;
      /** Whose it is, for signals and for `rates.perToken`. Nothing secret, and never the token. */
      readonly name: string;
      /** What it is good for: the system's own to read, from `server.identityOf`. */
      readonly grant: unknown;
    }
  | {
      readonly ok: false;
      /** Told with 401. */
      readonly fault: Fault;
      /** Whether it counts as a try to guess one: not of a token that was good once, and has expired. */
      readonly isForged: boolean;
    };

/** The verifiers of systems, by the prefix of their routes. */
export class TokenVerifiers {
  readonly #verifiers = new Map<string, TokenVerifier>();

  /** Throws a RangeError when the prefix is no path, or is taken. */
  add(prefix: string, verify: TokenVerifier): void {
    if (!/^(\/[\w.-]+)+$/.test(prefix)) {
      throw new RangeError(
        `the prefix of routes with tokens of their own is a path as /sessions, got "${prefix}"`,
      );
    }
    if (this.#verifiers.has(prefix)) throw new RangeError(`the routes of ${prefix} have a verifier already`);
    this.#verifiers.set(prefix, verify);
  }

  /** By the template of the route, and not by the address, which can be spelled in many ways. */
  of(route: string | undefined): TokenVerifier | undefined {
    if (route === undefined) return undefined;
    for (const [prefix, verify] of this.#verifiers) {
      if (route === prefix || route.startsWith(`${prefix}/`)) return verify;
    }
    return undefined;
  }
}
