import { jsonReply, type Reply, type Route, sseEvent, sseReply, type Tools } from '../http/index.ts';
import { newId } from './new-id.ts';
import {
  checkContext,
  contentText,
  jsonOf,
  lastText,
  type Models,
  missing,
  modelOf,
} from './request-fields.ts';
import { piecesOf, type Said, textOf, tokensOf } from './said.ts';

/**
 * `POST /v1/chat/completions`, plain and streamed, with tool calls and usage. One choice. Says by itself what it was asked
 * last: `You said: …`. Shapes: OpenAI API reference, "Chat".
 */
export function chatRoute(models: Models): Route<Said> {
  return {
    method: 'POST',
    path: '/v1/chat/completions',
    reply(request, said, tools) {
      const fields = jsonOf(request);
      const model = modelOf(fields, models);
      const { messages, stream, stream_options: streamOptions } = fields;
      if (!Array.isArray(messages) || messages.length === 0) throw missing('messages');
      const promptTokens = messages.reduce(
        (sum: number, message) => sum + 4 + tokensOf(contentText(message?.content)),
        0,
      );
      checkContext(promptTokens, models, 'messages');
      const completion = complete({ text: `You said: ${lastText(messages)}`, ...said }, tools);
      const usage = usageOf(promptTokens, completion);
      const head = {
        id: newId('chatcmpl-', tools.random),
        created: Math.floor(tools.clock.wallMs() / 1000),
        model,
        system_fingerprint: 'fp_scripted',
      };
      const includeUsage = (streamOptions as { include_usage?: unknown } | undefined)?.include_usage === true;
      const reply =
        stream === true
          ? streamed(head, completion, includeUsage ? usage : undefined)
          : whole(head, completion, usage);
      return { ...reply, tokens: usage.total_tokens };
    },
  };
}

interface Completion {
  /** Null with tool calls alone. */
  readonly text: string | null;
  readonly pieces: readonly string[];
  readonly toolCalls: readonly CalledTool[];
  readonly finishReason: string;
}

interface CalledTool {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

type Head = Readonly<Record<string, unknown>>;
type Usage = ReturnType<typeof usageOf>;

function complete(said: Said & { text: NonNullable<Said['text']> }, { random }: Tools): Completion {
  const toolCalls = (said.toolCalls ?? []).map(
    ({ name, arguments: given }): CalledTool => ({
      id: newId('call_', random),
      type: 'function',
      function: { name, arguments: JSON.stringify(given) },
    }),
  );
  const calls = toolCalls.length > 0;
  return {
    text: calls ? null : textOf(said.text),
    pieces: calls ? [] : piecesOf(said.text),
    toolCalls,
    finishReason: said.finishReason ?? (calls ? 'tool_calls' : 'stop'),
  };
}

function usageOf(promptTokens: number, { text, toolCalls }: Completion) {
  const called = toolCalls.map(({ function: { name, arguments: given } }) => name + given).join('');
  const completionTokens = tokensOf((text ?? '') + called);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  };
}

function whole(head: Head, { text, toolCalls, finishReason }: Completion, usage: Usage): Reply {
  const message = {
    role: 'assistant',
    content: text,
    refusal: null,
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
  };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: finishReason }];
  return jsonReply(200, { ...head, object: 'chat.completion', choices, usage });
}

/** First the role, then the content, then why it ends, then the usage where it was asked for. */
function streamed(head: Head, { pieces, toolCalls, finishReason }: Completion, usage?: Usage): Reply {
  const chunk = (choices: readonly unknown[], usageSoFar: Usage | null = null) =>
    sseEvent({ ...head, object: 'chat.completion.chunk', choices, ...(usage && { usage: usageSoFar }) });
  const delta = (content: unknown, reason: string | null = null) =>
    chunk([{ index: 0, delta: content, logprobs: null, finish_reason: reason }]);
  return sseReply([
    delta({ role: 'assistant', content: toolCalls.length > 0 ? null : '', refusal: null }),
    ...pieces.map((content) => delta({ content })),
    ...toolCalls.flatMap((call, index) =>
      toolDeltas(call, index).map((each) => delta({ tool_calls: [each] })),
    ),
    delta({}, finishReason),
    ...(usage ? [chunk([], usage)] : []),
    sseEvent('[DONE]'),
  ]);
}

function toolDeltas({ id, type, function: { name, arguments: given } }: CalledTool, index: number) {
  return [
    { index, id, type, function: { name, arguments: '' } },
    ...(given.match(/.{1,12}/gsu) ?? []).map((part) => ({ index, function: { arguments: part } })),
  ];
}
