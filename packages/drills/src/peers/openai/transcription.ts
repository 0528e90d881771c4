import { readWav } from '@sustain/audio';
import { Fault } from '@sustain/kernel';
import {
  type AskedFile,
  jsonReply,
  type Reply,
  type Route,
  type SeenRequest,
  sseEvent,
  sseReply,
  textReply,
} from '../http/index.ts';
import { BadRequest } from './openai-error.ts';
import { type Models, missing, modelOf } from './request-fields.ts';
import { piecesOf, type Said, textOf, tokensOf } from './said.ts';

/**
 * `POST /v1/audio/transcriptions`: `json`, `text`, `verbose_json` with words and segments, and streamed. Hears nothing: it
 * says what it is told to, by itself `This is a test.` WAV files must be readable; of other formats the duration is not
 * known, and taken for that of the words. Shapes: OpenAI API reference, "Create transcription" and its streaming events.
 */
export function transcriptionRoute(models: Models): Route<Said> {
  return {
    method: 'POST',
    path: '/v1/audio/transcriptions',
    reply(request, said) {
      const { fields, file } = formOf(request);
      modelOf(fields, models);
      const text = said?.text ?? 'This is a test.';
      const words = piecesOf(text);
      const seconds = durationOf(file) ?? words.length * SECONDS_A_WORD;
      const { response_format: format = 'json' } = fields;
      const reply =
        fields['stream'] === 'true' ? streamed(words, seconds) : written(format, words, seconds, fields);
      return { ...reply, tokens: tokensOf(textOf(text)) + Math.ceil(seconds * TOKENS_A_SECOND) };
    },
  };
}

const SECONDS_A_WORD = 0.4;
/** Of audio, for `usage` and quotas. */
const TOKENS_A_SECOND = 10;

function formOf({ body }: SeenRequest) {
  if (body.kind !== 'form') throw new BadRequest('The body must be multipart/form-data.');
  const { file } = body.files;
  if (file === undefined) throw missing('file');
  return { fields: body.fields, file };
}

function durationOf({ name, content }: AskedFile): number | undefined {
  if (!/\.wav$/i.test(name)) return undefined;
  try {
    const { channels, sampleRateHz } = readWav(content);
    return (channels[0]?.length ?? 0) / sampleRateHz;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new BadRequest(`Audio file might be corrupted or unsupported: ${error.message}`, { param: 'file' });
  }
}

function written(
  format: string,
  words: readonly string[],
  seconds: number,
  fields: Readonly<Record<string, string>>,
): Reply {
  const text = textOf(words);
  switch (format) {
    case 'json':
      return jsonReply(200, { text, usage: usageOf(text, seconds) });
    case 'text':
      return textReply(200, `${text}\n`);
    case 'verbose_json':
      return jsonReply(200, verbose(words, seconds, fields['language'] ?? 'english'));
    default:
      throw new BadRequest(`response_format must be json, text or verbose_json; got ${format}`, {
        param: 'response_format',
      });
  }
}

function verbose(words: readonly string[], seconds: number, language: string) {
  const wordSeconds = seconds / Math.max(1, words.length);
  const segment = {
    ...{ id: 0, seek: 0, start: 0, end: seconds, text: textOf(words), tokens: [] },
    ...{ temperature: 0, avg_logprob: -0.3, compression_ratio: 1, no_speech_prob: 0.01 },
  };
  return {
    ...{ task: 'transcribe', language, duration: seconds, text: textOf(words) },
    segments: words.length > 0 ? [segment] : [],
    words: words.map((word, index) => ({
      word: word.trim(),
      start: index * wordSeconds,
      end: (index + 1) * wordSeconds,
    })),
    usage: { type: 'duration', seconds: Math.ceil(seconds) },
  };
}

function streamed(words: readonly string[], seconds: number): Reply {
  const text = textOf(words);
  return sseReply([
    ...words.map((delta) => sseEvent({ type: 'transcript.text.delta', delta, logprobs: [] })),
    sseEvent({ type: 'transcript.text.done', text, logprobs: [], usage: usageOf(text, seconds) }),
    sseEvent('[DONE]'),
  ]);
}

function usageOf(text: string, seconds: number) {
  const audioTokens = Math.ceil(seconds * TOKENS_A_SECOND);
  const outputTokens = tokensOf(text);
  return {
    type: 'tokens',
    input_tokens: audioTokens,
    input_token_details: { text_tokens: 0, audio_tokens: audioTokens },
    output_tokens: outputTokens,
    total_tokens: audioTokens + outputTokens,
  };
}
