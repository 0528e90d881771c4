import type { Reply } from './reply.ts';
import type { SeenRequest } from './seen-request.ts';
import type { Tools } from './step.ts';

/** What a peer offers under one method and path. */
export interface Route<Content> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Without a query: `/v1/models`. */
  readonly path: string;
  /** Replies in its form what the script says, or, where that says nothing, what it says itself. */
  readonly reply: (
    request: SeenRequest,
    content: Content | undefined,
    tools: Tools,
  ) => Reply | Promise<Reply>;
}

/** Why the peer says no before, or instead of, its route. */
export type Refused = 'no-such-route' | 'unauthorized' | 'too-large' | 'unreadable' | 'script-failed';
