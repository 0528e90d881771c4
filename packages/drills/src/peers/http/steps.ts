import { allowed } from './allowed.ts';
import { type Break, checkPace, MOST_MS, type Pace } from './delivery.ts';
import { bytesOf, isEventStream, type Reply, textReply } from './reply.ts';
import type { Step } from './step.ts';

/** For how many requests a step is. Default 1; Infinity is until its script ends. */
export interface Times {
  readonly times?: number;
}

export interface At extends Pace, Times {
  /** How many pieces of the reply's body are sent before. Of an event stream, a piece is an event. Default 1. */
  readonly afterPieces?: number;
}

/** Replies as ever, at this pace. */
export function paced(pace: Pace & Times): Step<never> {
  return step('it takes its time', pace);
}

/** Says nothing, not even headers, and keeps the connection open. When the script ends, the reply comes. */
export function hang(options: Times = {}): Step<never> {
  return step('it hangs', options, { how: 'stall', at: 'headers' });
}

/** Stops in the middle, and keeps the connection open. When the script ends, the rest comes. */
export function stall(
  options: At & {
    /** Sends comments meanwhile, as services do that keep a connection alive: bytes come, and no output. Events only. */
    readonly commentsEveryMs?: number;
  } = {},
): Step<never> {
  const { afterPieces = 1, commentsEveryMs } = options;
  const at = pieces(afterPieces);
  if (commentsEveryMs !== undefined) allowed('commentsEveryMs', commentsEveryMs, 1, MOST_MS);
  const comments = commentsEveryMs === undefined ? {} : { commentsEveryMs };
  return step(`it stalls after ${at} pieces`, options, { how: 'stall', at, ...comments });
}

/**
 * Ends too early: `cut` in the middle of a piece, so that the client can see it, because a chunk or the announced length is
 * not complete; `short` in good order, so that only what is missing tells (`[DONE]`, half of the JSON).
 */
export function truncate(options: At & { readonly how?: 'cut' | 'short' } = {}): Step<never> {
  const { afterPieces = 1, how = 'cut' } = options;
  if (how !== 'cut' && how !== 'short') throw new RangeError(`how must be cut or short; got ${how}`);
  const at = pieces(afterPieces);
  return step(`it is ${how} after ${at} pieces`, options, { how, at });
}

/** Resets the connection (RST): `headers`, the default, is before anything was sent. */
export function reset(
  options: Omit<At, 'afterPieces'> & { readonly afterPieces?: number | 'headers' } = {},
): Step<never> {
  const { afterPieces = 'headers' } = options;
  const at = afterPieces === 'headers' ? afterPieces : pieces(afterPieces);
  return step(`it resets after ${at === 'headers' ? 'the request' : `${at} pieces`}`, options, {
    how: 'reset',
    at,
  });
}

/** Reads the body slowly. At least 1 byte a second. */
export function slowUpload(options: Times & { readonly bytesPerSecond: number }): Step<never> {
  const uploadBytesPerSecond = allowed('bytesPerSecond', options.bytesPerSecond, 1, Number.MAX_SAFE_INTEGER);
  return { ...step(`it reads ${uploadBytesPerSecond} bytes a second`, options), uploadBytesPerSecond };
}

/** Replies what cannot be parsed: one event of a stream, or the whole body, loses its second half and is otherwise well. */
export function malformed(options: At = {}): Step<never> {
  const at = pieces(options.afterPieces ?? 1);
  return { ...step('its JSON is malformed', options), reply: async (own) => garbled(await own(), at) };
}

/** What a gateway in front of the service says when that is away: HTML, which no client of the service expects. */
export function gatewayError(options: Times & { readonly status?: 502 | 503 | 504 } = {}): Step<never> {
  const { status = 502 } = options;
  const page = `<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>\n`;
  const headers = { 'content-type': 'text/html' };
  return { ...step(`its gateway answers ${status}`, options), reply: () => textReply(status, page, headers) };
}

function step(what: string, options: Times & Pace, breaks?: Break): Step<never> {
  const { times } = options;
  if (times !== undefined) allowed('times', times, 1, Number.POSITIVE_INFINITY);
  return {
    what,
    delivery: { ...checkPace(options), ...(breaks && { breaks }) },
    ...(times !== undefined && { times }),
  };
}

function pieces(count: number): number {
  return Math.floor(allowed('afterPieces', count, 0, Number.MAX_SAFE_INTEGER));
}

function garbled(reply: Reply, afterPieces: number): Reply {
  const at = Math.min(afterPieces, reply.pieces.length - 1);
  const piece = reply.pieces[at];
  if (piece === undefined) return reply;
  const text = new TextDecoder().decode(piece);
  const half = text.slice(0, text.trimEnd().length / 2);
  return { ...reply, pieces: reply.pieces.with(at, bytesOf(isEventStream(reply) ? `${half}\n\n` : half)) };
}
