import type { IncomingMessage } from 'node:http';
import type { Clock, Signals } from '@sustain/kernel';
import type { FastifyInstance } from 'fastify';
import { serverFaults } from '../faults.ts';
import { Refusal } from '../refusal.ts';
import { schemaUriOf } from '../schemas/index.ts';
import { signalFilter } from './signal-filter.ts';
import type { SignalHistory } from './signal-history.ts';
import { SignalReader } from './signal-reader.ts';
import { SignalStream } from './signal-stream.ts';
import { streamClosed, streamOpened } from './stream-signals.ts';

export interface SignalRoutesOptions {
  readonly history: SignalHistory;
  readonly clock: Clock;
  readonly signals: Signals;
  readonly stopping: AbortSignal;
  /** What ends the session of a request, where it came with one. */
  readonly overOf: (request: IncomingMessage) => AbortSignal | undefined;
  /** How many clients may listen at once; the next is answered 503 with Retry-After. */
  readonly maxStreams: number;
  readonly heartbeatMs: number;
}

/** `GET /api/signals`: what happens, as it happens, as server-sent events. */
export function signalRoutes(app: FastifyInstance, options: SignalRoutesOptions): void {
  const { history, clock, signals, stopping, overOf, maxStreams, heartbeatMs } = options;
  const opened = signals.channel(streamOpened);
  const closed = signals.channel(streamClosed);
  let streams = 0;
  // A HEAD would begin a stream that nobody reads.
  app.get<{ Querystring: Query }>('/api/signals', { schema, exposeHeadRoute: false }, (request, reply) => {
    if (streams >= maxStreams) {
      throw new Refusal(serverFaults.TOO_MANY_STREAMS({ maxStreams, retryAfterMs: RETRY_AFTER_MS }), 503);
    }
    const { type: types = [], source: sources = [], after } = request.query;
    const header = request.headers['last-event-id'];
    streams++;
    if (opened.heard) opened.emit({ streams }, ORIGIN);
    const reader = new SignalReader({
      history,
      filter: signalFilter({ types, sources }),
      // The header is newer: a browser sends it when it comes back to an address with `after`.
      lastId: typeof header === 'string' && header !== '' ? header : after,
    });
    const stream = new SignalStream({
      history,
      reader,
      clock,
      heartbeatMs,
      stopping,
      over: overOf(request.raw),
    });
    const startMs = clock.monotonicMs();
    stream.once('close', () => {
      streams--;
      if (!closed.heard) return;
      const durationMs = clock.monotonicMs() - startMs;
      const { reason: begin } = reader.resume;
      closed.emit({ streams, begin, end: stream.end, durationMs, ...reader.counts }, ORIGIN);
    });
    // A stream's connection serves nothing else, so that stopping need not wait for it to idle out.
    return reply.type('text/event-stream').headers(streamHeaders).send(stream);
  });
}

interface Query {
  readonly type?: readonly string[];
  readonly source?: readonly string[];
  readonly after?: string;
}

const ORIGIN = { source: 'server' } as const;
const RETRY_AFTER_MS = 5000;

/** `x-accel-buffering`: nginx would keep events back until its buffer is full. */
const streamHeaders = {
  'cache-control': 'no-store',
  connection: 'close',
  'x-accel-buffering': 'no',
} as const;

const patterns = {
  type: 'array',
  maxItems: 20,
  items: { type: 'string', minLength: 1, maxLength: 200 },
} as const;

const schema = {
  summary: 'What happens, as it happens, as server-sent events',
  description:
    'Events without a name are signals, `gap` says that signals are missing, `stopping` is the last. The header Last-Event-ID resumes.',
  tags: ['signals'],
  querystring: {
    type: 'object',
    properties: {
      type: { ...patterns, description: 'types, exact or with a * at the end; any of them' },
      source: { ...patterns, description: 'sources, likewise' },
      after: {
        type: 'string',
        maxLength: 200,
        description:
          'where to begin: the id of an event, or `start` for all that is kept; default: with what comes next',
      },
    },
  },
  response: {
    200: {
      description: 'Events: each signal with its id, `gap` (schema Gap), `stopping`',
      content: { 'text/event-stream': { schema: { $ref: schemaUriOf('Signal') } } },
    },
  },
} as const;
