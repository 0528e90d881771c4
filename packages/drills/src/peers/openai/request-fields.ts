import type { SeenRequest } from '../http/index.ts';
import { BadRequest } from './openai-error.ts';

/** What the peer knows about its models. */
export interface Models {
  readonly names: readonly string[];
  readonly contextTokens: number;
}

/** The body of a request as JSON. Throws BadRequest when it is none. */
export function jsonOf({ body }: SeenRequest): Readonly<Record<string, unknown>> {
  if (body.kind !== 'json' || typeof body.value !== 'object' || body.value === null) {
    throw new BadRequest('The body must be a JSON object, with content-type application/json.');
  }
  return body.value as Record<string, unknown>;
}

/** Throws BadRequest when a text is missing. */
export function textField(fields: Readonly<Record<string, unknown>>, param: string): string {
  const value = fields[param];
  if (typeof value === 'string' && value !== '') return value;
  throw missing(param);
}

/** Throws BadRequest, a 404, when there is no such model. */
export function modelOf(fields: Readonly<Record<string, unknown>>, { names }: Models): string {
  const model = textField(fields, 'model');
  if (names.includes(model)) return model;
  throw new BadRequest(`The model \`${model}\` does not exist or you do not have access to it.`, {
    status: 404,
    code: 'model_not_found',
  });
}

/** Throws BadRequest when what is asked is longer than the models' context. */
export function checkContext(tokens: number, { contextTokens }: Models, param: string): void {
  if (tokens <= contextTokens) return;
  const message = `This model's maximum context length is ${contextTokens} tokens, and the input has ${tokens}.`;
  throw new BadRequest(message, { code: 'context_length_exceeded', param });
}

export function missing(param: string): BadRequest {
  return new BadRequest(`Missing required parameter: '${param}'.`, {
    param,
    code: 'missing_required_parameter',
  });
}

/** The text of a message's content, which is text, or a list of parts of which some are text. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { readonly text?: unknown }) => part?.text ?? '').join('');
}

/** What was asked last: the newest of the messages, of whomever, that has text. */
export function lastText(messages: readonly unknown[]): string {
  return messages.map((message) => contentText((message as Message)?.content)).findLast(Boolean) ?? '';
}

interface Message {
  readonly content?: unknown;
}
