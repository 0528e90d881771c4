import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Break, Delivery } from './delivery.ts';
import { bytesOf, isEventStream, type Reply } from './reply.ts';
import type { RequestRecord } from './seen-request.ts';
import type { Tools } from './step.ts';

export interface DeliverTo extends Tools {
  readonly response: ServerResponse;
  readonly record: RequestRecord;
  /** Aborts when the connection is gone. */
  readonly gone: AbortSignal;
  /** Aborts when the script has ended: what it holds up goes on. */
  readonly released: AbortSignal;
}

/** Sends a reply as it is to be delivered. Rejects when `gone` aborts meanwhile. */
export async function deliver(
  reply: Reply,
  delivery: Delivery,
  to: DeliverTo,
): Promise<'answered' | 'broken'> {
  const { response, clock, random, gone, record } = to;
  const { headersMs = 0, firstPieceMs = 0, everyMs = 0, jitterMs = 0, breaks } = delivery;
  const { pieces, status } = reply;

  async function pause(delayMs: number): Promise<void> {
    if (delayMs > 0) await clock.sleep(delayMs, { signal: gone });
  }

  await pause(headersMs);
  if (breaks?.at === 'headers' && (await breakOff(breaks, to))) return 'broken';
  const at = breaks && breaks.at !== 'headers' ? breakIndex(breaks, breaks.at, reply) : undefined;

  record.status = status;
  response.writeHead(status, { ...reply.headers, ...lengthOf(reply, breaks, at) });
  response.flushHeaders();
  for (const [index, piece] of pieces.entries()) {
    await pause(index === 0 ? firstPieceMs : Math.max(0, everyMs + (2 * random.next() - 1) * jitterMs));
    if (index !== at || !breaks) await write(piece);
    else {
      const sentBytes = bytesBeforeBreak(breaks, piece, reply);
      if (sentBytes > 0) await send(piece.subarray(0, sentBytes));
      if (await breakOff(breaks, to, isEventStream(reply))) return 'broken';
      await write(piece.subarray(sentBytes));
    }
  }
  if (at === pieces.length && breaks && (await breakOff(breaks, to, isEventStream(reply)))) return 'broken';
  response.end();
  if (!response.writableFinished) await once(response, 'finish', { signal: gone });
  return 'answered';

  async function write(bytes: Uint8Array): Promise<void> {
    await send(bytes);
    record.piecesSent++;
  }

  /** Until the system has taken it: a client that reads slowly slows it down, and what was sent is on its way when it breaks off. */
  async function send(bytes: Uint8Array): Promise<void> {
    gone.throwIfAborted();
    if (bytes.length === 0) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = () => reject(gone.reason);
    gone.addEventListener('abort', leave, { once: true });
    response.write(bytes, (error) => (error ? reject(error) : resolve()));
    await promise.finally(() => gone.removeEventListener('abort', leave));
  }
}

/** Before which piece it breaks off. What is in one piece, or is to be cut, breaks off in that. */
function breakIndex({ how }: Break, at: number, { pieces, streamed }: Reply): number {
  const inPiece = !streamed || how === 'cut';
  return Math.max(0, Math.min(at, pieces.length - (inPiece ? 1 : 0)));
}

function bytesBeforeBreak({ how }: Break, piece: Uint8Array, { streamed }: Reply): number {
  return !streamed || how === 'cut' ? Math.ceil(piece.length / 2) : 0;
}

function lengthOf(reply: Reply, breaks: Break | undefined, at: number | undefined): Record<string, string> {
  if (reply.streamed) return {};
  const [piece = new Uint8Array()] = reply.pieces;
  const isShort = breaks?.how === 'short' && at !== undefined;
  return { 'content-length': `${isShort ? bytesBeforeBreak(breaks, piece, reply) : piece.length}` };
}

/** Whether that was the end of it. */
async function breakOff(breaks: Break, to: DeliverTo, isEvents = false): Promise<boolean> {
  const { response, gone } = to;
  switch (breaks.how) {
    case 'stall':
      await holdUp(isEvents ? breaks.commentsEveryMs : undefined, to);
      return false;
    case 'short':
      response.end();
      if (!response.writableFinished) await once(response, 'finish', { signal: gone });
      return true;
    case 'cut':
      response.socket?.destroySoon(); // what was written goes out, and then FIN
      return true;
    case 'reset':
      response.socket?.resetAndDestroy();
      return true;
  }
}

/** Until the script ends. Rejects when the client leaves before. */
async function holdUp(commentsEveryMs: number | undefined, to: DeliverTo): Promise<void> {
  const { response, clock, gone, released } = to;
  const over = AbortSignal.any([gone, released]);
  try {
    while (commentsEveryMs !== undefined) {
      response.write(bytesOf(': still at it\n\n'));
      await clock.sleep(commentsEveryMs, { signal: over });
    }
    if (!over.aborted) await once(over, 'abort');
  } catch (error) {
    if (!over.aborted) throw error;
  }
  gone.throwIfAborted();
}
