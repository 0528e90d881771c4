import {
  allowed,
  type PeerOptions,
  type Refused,
  type Reply,
  type Route,
  type ScriptedHttp,
  type SeenRequest,
  scriptedHttp,
} from '../http/index.ts';
import { chatRoute } from './chat.ts';
import { modelsRoute } from './models.ts';
import { newId } from './new-id.ts';
import { BadRequest, errorReply, INVALID_REQUEST } from './openai-error.ts';
import { errorOf } from './refusals.ts';
import type { Models } from './request-fields.ts';
import { responsesRoute } from './responses.ts';
import type { Said } from './said.ts';
import { speechRoute } from './speech.ts';
import { transcriptionRoute } from './transcription.ts';

export type OpenAiRoute = 'chat' | 'responses' | 'transcription' | 'speech' | 'models';

export interface OpenAiServerOptions extends PeerOptions<Said> {
  /** Which models it has; others get a 404. Default: one or two of OpenAI's for each endpoint. */
  readonly models?: readonly string[] | undefined;
  /** Longer prompts get a 400 of `context_length_exceeded`. Default 128,000. */
  readonly contextTokens?: number | undefined;
}

export interface OpenAiServer extends ScriptedHttp<Said, OpenAiRoute> {
  /** What clients want as their base URL: `http://127.0.0.1:<port>/v1`. */
  readonly baseUrl: string;
}

/**
 * Starts a server that speaks OpenAI's API as far as voice assistants use it: chat completions, responses, transcription,
 * speech and models. It is no model: it says what its script says, or else a plain sentence. Where a request is wrong, it
 * answers as OpenAI does. Rejects with a RangeError or TypeError when an option is out of range.
 */
export async function openAiServer(options: OpenAiServerOptions = {}): Promise<OpenAiServer> {
  const { models: names = MODELS, contextTokens = 128_000, ...peer } = options;
  const models = {
    names,
    contextTokens: allowed('contextTokens', contextTokens, 1, Number.MAX_SAFE_INTEGER),
  };
  const server = await scriptedHttp<Said, OpenAiRoute>({
    ...peer,
    name: 'openai',
    refuse,
    routes: routesOf(models),
  });
  const { url } = server;
  return Object.defineProperty(server, 'baseUrl', { value: `${url}/v1` }) as OpenAiServer;
}

const MODELS = ['gpt-4o', 'gpt-4o-mini', 'gpt-4o-transcribe', 'whisper-1', 'gpt-4o-mini-tts', 'tts-1'];

function routesOf(models: Models): Record<OpenAiRoute, Route<Said>> {
  return {
    chat: answering(chatRoute(models)),
    responses: answering(responsesRoute(models)),
    transcription: answering(transcriptionRoute(models)),
    speech: answering(speechRoute(models)),
    models: answering(modelsRoute(models)),
  };
}

/** A route that says what is wrong with a request, and signs what it replies. */
function answering(route: Route<Said>): Route<Said> {
  return {
    ...route,
    async reply(request, said, tools) {
      const startedMs = tools.clock.monotonicMs();
      const reply = await replyOrRefuse(() => route.reply(request, said, tools));
      const headers = {
        'x-request-id': newId('req_', tools.random),
        'openai-version': '2020-10-01',
        'openai-processing-ms': `${Math.round(tools.clock.monotonicMs() - startedMs)}`,
      };
      return { ...reply, headers: { ...reply.headers, ...headers } };
    },
  };
}

async function replyOrRefuse(reply: () => Promise<Reply> | Reply): Promise<Reply> {
  try {
    return await reply();
  } catch (error) {
    if (error instanceof BadRequest) return error.reply;
    throw error;
  }
}

function refuse(why: Refused, { method, path, body }: SeenRequest): Reply {
  const invalid = { type: INVALID_REQUEST, code: null };
  switch (why) {
    case 'no-such-route':
      return errorReply({
        ...invalid,
        status: 404,
        message: `Invalid URL (${method} ${path})`,
        code: 'unknown_url',
      });
    case 'unauthorized':
      return errorReply(errorOf('invalid_api_key'));
    case 'too-large':
      return errorReply({ ...invalid, status: 413, message: 'The body is larger than this server takes.' });
    case 'unreadable': {
      const problem = body.kind === 'unreadable' ? body.problem : '';
      return errorReply({ ...invalid, status: 400, message: `The body could not be parsed: ${problem}` });
    }
    case 'script-failed':
      return errorReply({ ...errorOf('server_error'), message: 'A function of the peer’s script threw.' });
  }
}
