import { checkPace, type Pace, type SeenRequest, type Step, type Times } from '../http/index.ts';

/** What the peer says, whatever the endpoint that gives it its form. */
export interface Said {
  /** Of completions, responses and transcriptions; in pieces as they stream. Default: see each endpoint. */
  readonly text?: string | readonly string[];
  /** Of completions and responses: functions that the model wants to be called. */
  readonly toolCalls?: readonly ToolCall[];
  /** Of speech: mono, 24 kHz, ±1. Default: the sound of speech, by what is to be spoken. */
  readonly samples?: Float32Array;
  /** Of completions: why it ends. Default `stop`, with tool calls `tool_calls`. */
  readonly finishReason?: 'stop' | 'length' | 'content_filter';
}

export interface ToolCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** Text, pieces of text, or more. */
export type Sayable = string | readonly string[] | Said;

/** Says this, or what a function makes of the request, at this pace. */
export function answer(
  what: Sayable | ((request: SeenRequest) => Sayable | Promise<Sayable>),
  options: Pace & Times = {},
): Step<Said> {
  const { times } = options;
  return {
    what: 'it answers what it is told to',
    content: async (request) => toSaid(typeof what === 'function' ? await what(request) : what),
    delivery: checkPace(options),
    ...(times !== undefined && { times }),
  };
}

/** A success without content: no text, no sample. */
export function nothing(options: Pace & Times = {}): Step<Said> {
  return { ...answer({ text: '', samples: new Float32Array(0) }, options), what: 'it answers nothing' };
}

/** Speech as long as it should be, but silent. */
export function silence(options: Pace & Times & { readonly durationMs?: number } = {}): Step<Said> {
  const { durationMs = 1000 } = options;
  const samples = new Float32Array(Math.round((durationMs / 1000) * SPEECH_SAMPLE_RATE_HZ));
  return { ...answer({ samples }, options), what: 'it speaks silence' };
}

/** What OpenAI's `pcm` has. */
export const SPEECH_SAMPLE_RATE_HZ = 24_000;

/** The pieces in which a text streams: words, with the space after them. */
export function piecesOf(text: string | readonly string[]): readonly string[] {
  return typeof text === 'string'
    ? (text.match(/\s*\S+\s*$|\s*\S+\s/g) ?? (text === '' ? [] : [text]))
    : text;
}

export function textOf(text: string | readonly string[]): string {
  return typeof text === 'string' ? text : text.join('');
}

/** About as many as a tokenizer counts: one for four characters. */
export function tokensOf(text: string): number {
  return Math.ceil(text.length / 4);
}

function toSaid(what: Sayable): Said {
  return typeof what === 'string' || isPieces(what) ? { text: what } : what;
}

function isPieces(what: Sayable): what is readonly string[] {
  return Array.isArray(what);
}
