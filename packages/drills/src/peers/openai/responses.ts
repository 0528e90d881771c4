import { jsonReply, type Reply, type Route, sseEvent, sseReply } from '../http/index.ts';
import { newId } from './new-id.ts';
import { checkContext, jsonOf, lastText, type Models, missing, modelOf } from './request-fields.ts';
import { piecesOf, type Said, textOf, tokensOf } from './said.ts';

/**
 * `POST /v1/responses`, plain and streamed, with function calls; nothing is stored. Says by itself what it was asked last:
 * `You said: …`. Shapes: OpenAI API reference, "Responses" and "Streaming events"; there is no `[DONE]`.
 */
export function responsesRoute(models: Models): Route<Said> {
  return {
    method: 'POST',
    path: '/v1/responses',
    reply(request, said, { random, clock }) {
      const fields = jsonOf(request);
      const model = modelOf(fields, models);
      const { input, stream } = fields;
      if (typeof input !== 'string' && !(Array.isArray(input) && input.length > 0)) throw missing('input');
      const inputTokens = 4 + tokensOf(typeof input === 'string' ? input : JSON.stringify(input));
      checkContext(inputTokens, models, 'input');
      const asked = typeof input === 'string' ? input : lastText(input);
      const { text = `You said: ${asked}`, toolCalls = [] } = said ?? {};
      const items: readonly Item[] =
        toolCalls.length > 0
          ? toolCalls.map(({ name, arguments: given }) => ({
              ...{ id: newId('fc_', random), type: 'function_call', call_id: newId('call_', random), name },
              arguments: JSON.stringify(given),
            }))
          : [{ id: newId('msg_', random), type: 'message', pieces: piecesOf(text), text: textOf(text) }];
      const head = {
        ...{ id: newId('resp_', random), object: 'response', model },
        created_at: Math.floor(clock.wallMs() / 1000),
        ...{ error: null, incomplete_details: null, instructions: null, metadata: {} },
      };
      const outputTokens = tokensOf(
        items.map((item) => ('text' in item ? item.text : item.arguments)).join(''),
      );
      const usage = {
        input_tokens: inputTokens,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: outputTokens,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: inputTokens + outputTokens,
      };
      const completed = { ...head, status: 'completed', output: items.map((item) => itemOf(item)), usage };
      const reply = stream === true ? streamed(head, items, completed) : jsonReply(200, completed);
      return { ...reply, tokens: usage.total_tokens };
    },
  };
}

type Item =
  | {
      readonly id: string;
      readonly type: 'message';
      readonly text: string;
      readonly pieces: readonly string[];
    }
  | {
      readonly id: string;
      readonly type: 'function_call';
      readonly call_id: string;
      readonly name: string;
      readonly arguments: string;
    };

function itemOf(item: Item, status = 'completed') {
  if (item.type === 'function_call') return { ...item, status };
  const { id, type, text } = item;
  return { id, type, status, role: 'assistant', content: status === 'completed' ? [part(text)] : [] };
}

function part(text: string) {
  return { type: 'output_text', text, annotations: [] };
}

function streamed(head: object, items: readonly Item[], completed: object): Reply {
  const started = { ...head, status: 'in_progress', output: [], usage: null };
  const events: readonly (readonly [type: string, data: object])[] = [
    ['response.created', { response: started }],
    ['response.in_progress', { response: started }],
    ...items.flatMap(itemEvents),
    ['response.completed', { response: completed }],
  ];
  return sseReply(
    events.map(([type, data], index) => sseEvent({ type, ...data, sequence_number: index }, type)),
  );
}

function itemEvents(item: Item, index: number): (readonly [string, object])[] {
  const added = { ...itemOf(item, 'in_progress'), ...(item.type === 'function_call' && { arguments: '' }) };
  const of = { output_index: index, item_id: item.id };
  return [
    ['response.output_item.added', { output_index: index, item: added }],
    ...(item.type === 'function_call' ? callEvents(item.arguments, of) : textEvents(item, of)),
    ['response.output_item.done', { output_index: index, item: itemOf(item) }],
  ];
}

function callEvents(given: string, of: object): (readonly [string, object])[] {
  const type = 'response.function_call_arguments';
  const deltas = given.match(/.{1,12}/gsu) ?? [];
  return [
    ...deltas.map((delta) => [`${type}.delta`, { ...of, delta }] as const),
    [`${type}.done`, { ...of, arguments: given }],
  ];
}

function textEvents(
  { text, pieces }: { readonly text: string; readonly pieces: readonly string[] },
  item: object,
): (readonly [string, object])[] {
  const of = { ...item, content_index: 0 };
  return [
    ['response.content_part.added', { ...of, part: part('') }],
    ...pieces.map((delta) => ['response.output_text.delta', { ...of, delta, logprobs: [] }] as const),
    ['response.output_text.done', { ...of, text, logprobs: [] }],
    ['response.content_part.done', { ...of, part: part(text) }],
  ];
}
