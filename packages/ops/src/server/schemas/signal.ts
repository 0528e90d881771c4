import type { JsonSchema } from './json-schema.ts';

/**
 * One signal in `GET /api/signals`: the data of a server-sent event without a name, for `onmessage`. Its event id is
 * `<epoch>-<sequence>`: the epoch is of the server's run, the sequence counts its signals from 1, those that a filter
 * leaves out among them.
 */
export interface SignalDocument {
  /** `breaker.changed`. */
  readonly type: string;
  readonly source: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** Milliseconds of the server's monotonic clock: for durations between signals of one epoch. */
  readonly monotonicMs: number;
  readonly operationId?: string;
  /** Plain data without secrets and stacks; what is long, deep or circular is cut, and says so. */
  readonly data: unknown;
}

/** The event `gap`: signals are missing here. */
export interface GapDocument {
  /**
   * `lagged`: the reader was too slow. `too-old`: it was away for longer than the history reaches. `restarted`: the
   * id is of another run of the server. `unknown-id`: it is none of ours. After a gap comes the oldest that is kept.
   */
  readonly reason: 'lagged' | 'too-old' | 'restarted' | 'unknown-id';
  /** How many signals, of all kinds and sources, the reader was not told. Left out where nobody can know. */
  readonly missed?: number;
}

/** What an `EventSource` of `/api/signals` may hear, by the name of the event. After `stopping` the stream ends. */
export type SignalEvent =
  | { readonly event: 'message'; readonly id: string; readonly data: SignalDocument }
  | { readonly event: 'gap'; readonly id: string; readonly data: GapDocument }
  | { readonly event: 'stopping'; readonly data: Record<string, never> };

export const signalSchema = {
  title: 'Signal',
  type: 'object',
  required: ['type', 'source', 'time', 'monotonicMs', 'data'],
  properties: {
    type: { type: 'string' },
    source: { type: 'string' },
    time: { type: 'string', format: 'date-time' },
    monotonicMs: { type: 'number' },
    operationId: { type: 'string' },
    data: { description: 'plain data; its fields depend on the type' },
  },
} as const satisfies JsonSchema;

export const gapSchema = {
  title: 'Gap',
  type: 'object',
  required: ['reason'],
  properties: {
    reason: { type: 'string', enum: ['lagged', 'too-old', 'restarted', 'unknown-id'] },
    missed: { type: 'integer', minimum: 1 },
  },
} as const satisfies JsonSchema;
