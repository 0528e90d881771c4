import type { Clock, Random } from '@sustain/kernel';
import type { Delivery } from './delivery.ts';
import type { Reply } from './reply.ts';
import type { SeenRequest } from './seen-request.ts';

/** What routes, steps and gates work with. */
export interface Tools {
  readonly clock: Clock;
  /** All chance of this one request; depends on the peer's seed and the request's number only. */
  readonly random: Random;
}

/** What a peer does about a request, or some. `Content` is what its routes know how to say. */
export interface Step<Content> {
  /** In words, as in `it stalls after 2 pieces`. */
  readonly what: string;
  /** For how many requests it is. Default 1. */
  readonly times?: number;
  /** How fast it reads what the client uploads. Default: as fast as it comes. */
  readonly uploadBytesPerSecond?: number;
  /** What is said; the route gives it its form. Default: the peer's own. */
  readonly content?: (request: SeenRequest) => Content | Promise<Content>;
  /** Replies instead of the route, or changes what that replies. */
  readonly reply?: (own: () => Promise<Reply>, request: SeenRequest, tools: Tools) => Reply | Promise<Reply>;
  /** Default: at once, and whole. */
  readonly delivery?: Delivery;
}

/** Stands before the steps as long as its script lasts, sees every request of that before it is read, and lets it pass or not. */
export interface Gate {
  readonly what: string;
  readonly pass: (next: () => Promise<Reply>, request: SeenRequest, tools: Tools) => Reply | Promise<Reply>;
}

export type ScriptEntry<Content> = Step<Content> | Gate;

/**
 * Steps at once, for the same requests: of each setting the last one's counts, and each `reply` gets what those before it
 * reply. `times` is the first one's.
 */
export function together<Content>(first: Step<Content>, ...others: readonly Step<Content>[]): Step<Content> {
  return others.reduce(both, first);
}

function both<Content>(one: Step<Content>, other: Step<Content>): Step<Content> {
  const { times } = one;
  const { reply: inner } = one;
  const { reply: outer } = other;
  return {
    ...one,
    ...other,
    what: `${one.what}, ${other.what}`,
    delivery: { ...one.delivery, ...other.delivery },
    ...(times !== undefined && { times }),
    ...(inner !== undefined &&
      outer !== undefined && {
        reply: (own, request, tools) => outer(async () => inner(own, request, tools), request, tools),
      }),
  };
}
