import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '@sustain/kernel';

/** A browser that has signed in. */
export interface Session {
  /** The name of the token it signed in with. */
  readonly name: string;
  /** Unix milliseconds, for people; what counts is monotonic. */
  readonly expiresWallMs: number;
}

/**
 * The browsers that are signed in, in memory only: a restart signs all out. It keeps hashes of their keys, so that neither
 * a dump nor the time of a look-up gives one away. Beyond {@link MOST_SESSIONS} of one token its oldest is signed out.
 */
export class Sessions {
  readonly #clock: Clock;
  readonly #durationMs: number;
  readonly #sessions = new Map<string, Session & { readonly expiresMs: number }>();

  constructor(clock: Clock, durationMs: number) {
    this.#clock = clock;
    this.#durationMs = durationMs;
  }

  /** Begins a session. `key` is the secret that the cookie carries: 256 random bits, of the host and never of a seed. */
  begin(name: string): { readonly key: string; readonly session: Session } {
    const key = randomBytes(32).toString('base64url');
    const session = {
      name,
      expiresMs: this.#clock.monotonicMs() + this.#durationMs,
      expiresWallMs: this.#clock.wallMs() + this.#durationMs,
    };
    this.#sessions.set(hashOf(key), session);
    const ofName = [...this.#sessions].filter(([, other]) => other.name === name);
    for (const [oldest] of ofName.slice(0, -MOST_SESSIONS)) this.#sessions.delete(oldest);
    return { key, session };
  }

  find(key: string): Session | undefined {
    const hash = hashOf(key);
    const session = this.#sessions.get(hash);
    if (session === undefined) return undefined;
    if (session.expiresMs > this.#clock.monotonicMs()) return session;
    this.#sessions.delete(hash);
    return undefined;
  }

  end(key: string): void {
    this.#sessions.delete(hashOf(key));
  }
}

const MOST_SESSIONS = 1000;

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64');
}
