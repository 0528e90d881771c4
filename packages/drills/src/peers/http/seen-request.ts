import type { AskedBody } from './asked-body.ts';

/** A request as the peer saw it, and what became of it. Changes until `over`. */
export interface SeenRequest {
  /** From 1, in the order in which they came. */
  readonly number: number;
  /** The route's name; undefined when there is none. */
  readonly route: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Names in small letters. Of those that carry secrets, only that they were there. */
  readonly headers: Readonly<Record<string, string>>;
  /** `unread` until it has come. */
  readonly body: AskedBody;
  /** What the script did about it, in words; undefined where it did nothing. */
  readonly step: string | undefined;
  /** Of the reply; undefined before its headers. */
  readonly status: number | undefined;
  /** Pieces of the reply's body that were sent. */
  readonly piecesSent: number;
  /** On the peer's clock, monotonic. */
  readonly arrivedMs: number;
  readonly outcome: RequestOutcome;
  /** Resolves when it is over, and how. Never rejects. */
  readonly over: Promise<Exclude<RequestOutcome, { readonly state: 'open' }>>;
}

/** `atMs` as `arrivedMs`. */
export type RequestOutcome =
  | { readonly state: 'open' }
  /** All of the reply was sent. */
  | { readonly state: 'answered'; readonly atMs: number }
  /** The client went away before: it cancelled, timed out, or died. */
  | { readonly state: 'left'; readonly atMs: number }
  /** The script broke it. */
  | { readonly state: 'broken'; readonly atMs: number }
  /** The peer was closed. */
  | { readonly state: 'closed'; readonly atMs: number }
  /** A function of the script threw, and the client got a 500. `close` rejects of it, too. */
  | { readonly state: 'script-failed'; readonly atMs: number; readonly error: unknown };

/** @internal */
export class RequestRecord implements SeenRequest {
  readonly number: number;
  readonly route: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly arrivedMs: number;
  body: AskedBody = { kind: 'unread' };
  step: string | undefined;
  status: number | undefined;
  piecesSent = 0;
  outcome: RequestOutcome = { state: 'open' };
  readonly over: SeenRequest['over'];
  readonly #end: (outcome: Awaited<SeenRequest['over']>) => void;

  constructor(
    seen: Pick<SeenRequest, 'number' | 'route' | 'method' | 'path' | 'query' | 'headers' | 'arrivedMs'>,
  ) {
    this.number = seen.number;
    this.route = seen.route;
    this.method = seen.method;
    this.path = seen.path;
    this.query = seen.query;
    this.headers = withoutSecrets(seen.headers);
    this.arrivedMs = seen.arrivedMs;
    const { promise, resolve } = Promise.withResolvers<Awaited<SeenRequest['over']>>();
    this.over = promise;
    this.#end = resolve;
  }

  end(outcome: Awaited<SeenRequest['over']>): void {
    if (this.outcome.state !== 'open') return;
    this.outcome = outcome;
    this.#end(outcome);
  }
}

function withoutSecrets(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, SECRET.test(name) ? '(removed)' : value]),
  );
}

const SECRET = /^(proxy-)?authorization$|cookie|token|api-?key|secret/;
