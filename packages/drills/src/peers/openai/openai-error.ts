import { bytesOf, isEventStream, jsonReply, type Reply, sseEvent } from '../http/index.ts';

/** An error as OpenAI words it. */
export interface OpenAiError {
  readonly status: number;
  readonly message: string;
  readonly type: string;
  readonly code: string | null;
  readonly param?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export function errorReply(error: OpenAiError): Reply {
  return jsonReply(error.status, bodyOf(error), error.headers);
}

/** The same in the middle of a stream, whose status was 200: it comes as an event, and the stream ends. */
export function errorWithin(reply: Reply, error: OpenAiError, afterPieces: number): Reply {
  if (!isEventStream(reply)) return errorReply(error);
  return { ...reply, pieces: [...reply.pieces.slice(0, afterPieces), bytesOf(sseEvent(bodyOf(error)))] };
}

/** What is wrong with a request. Thrown by an endpoint, and answered to the client. */
export class BadRequest extends Error {
  readonly reply: Reply;

  constructor(message: string, { param = null, code = null, status = 400 }: Partial<OpenAiError> = {}) {
    super(message);
    this.reply = errorReply({ status, message, type: INVALID_REQUEST, code, param });
  }
}

export const INVALID_REQUEST = 'invalid_request_error';

function bodyOf({ message, type, code, param = null }: OpenAiError) {
  return { error: { message, type, param, code } };
}
