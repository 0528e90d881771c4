import { createHash, randomBytes } from 'node:crypto';
import type { Clock, Timer } from '@sustain/kernel';

/** A browser that has signed in. */
export interface Session {
  /** The name of the token it signed in with. */
  readonly name: string;
  /** Unix milliseconds, for people; what counts is monotonic. */
  readonly expiresWallMs: number;
  /** Aborted when it is over, for what lasts: event streams and WebSockets. */
  readonly over: AbortSignal;
}

/**
 * The browsers that are signed in, in memory only: a restart signs all out. It keeps hashes of their keys, so that neither
 * a dump nor the time of a look-up gives one away. Beyond {@link MOST_SESSIONS} of one token its oldest is signed out.
 */
export class Sessions {
  readonly #clock: Clock;
  readonly #durationMs: number;
  readonly #sessions = new Map<string, Kept>();

  constructor(clock: Clock, durationMs: number) {
    this.#clock = clock;
    this.#durationMs = durationMs;
  }

  /** Begins a session. `key` is the secret that the cookie carries: 256 random bits, of the host and never of a seed. */
  begin(name: string): { readonly key: string; readonly session: Session } {
    const key = randomBytes(32).toString('base64url');
    const hash = hashOf(key);
    const over = new AbortController();
    const expiresWallMs = this.#clock.wallMs() + this.#durationMs;
    const session: Session = { name, expiresWallMs, over: over.signal };
    const expiry = this.#clock.schedule(this.#durationMs, () => this.#end(hash), { keepAlive: false });
    this.#sessions.set(hash, { session, over, expiry });
    const ofName = [...this.#sessions].filter(([, other]) => other.session.name === name);
    for (const [oldest] of ofName.slice(0, -MOST_SESSIONS)) this.#end(oldest);
    return { key, session };
  }

  find(key: string): Session | undefined {
    return this.#sessions.get(hashOf(key))?.session;
  }

  end(key: string): void {
    this.#end(hashOf(key));
  }

  #end(hash: string): void {
    const kept = this.#sessions.get(hash);
    this.#sessions.delete(hash);
    kept?.expiry.cancel();
    kept?.over.abort();
  }
}

interface Kept {
  readonly session: Session;
  readonly over: AbortController;
  readonly expiry: Timer;
}

const MOST_SESSIONS = 1000;

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64');
}
