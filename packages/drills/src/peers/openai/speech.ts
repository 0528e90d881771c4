import { encodePcm16, PCM16_BYTES, wavHeader } from '@sustain/audio';
import { type Reply, type Route, sseEvent, sseReply } from '../http/index.ts';
import { BadRequest } from './openai-error.ts';
import { jsonOf, type Models, modelOf, textField } from './request-fields.ts';
import { type Said, SPEECH_SAMPLE_RATE_HZ, tokensOf } from './said.ts';
import { speechSound } from './speech-sound.ts';

/**
 * `POST /v1/audio/speech`: 24 kHz mono, `pcm` (16-bit little-endian) or `wav` (a header of unknown length, as of a stream),
 * sent in pieces of 100 ms, or as events with `stream_format: "sse"`. It has no encoder: other formats get a 400. Shapes:
 * OpenAI API reference, "Create speech".
 */
export function speechRoute(models: Models): Route<Said> {
  return {
    method: 'POST',
    path: '/v1/audio/speech',
    reply(request, said) {
      const fields = jsonOf(request);
      modelOf(fields, models);
      const input = textField(fields, 'input');
      const voice = textField(fields, 'voice');
      if (input.length > MOST_CHARACTERS) {
        throw new BadRequest(`input must have ${MOST_CHARACTERS} characters or less; got ${input.length}`, {
          param: 'input',
          code: 'string_above_max_length',
        });
      }
      const format = formatOf(fields['response_format'] ?? 'mp3');
      const samples = said?.samples ?? speechSound(input, voice);
      const pieces = piecesOfSound(samples, format);
      const tokens = tokensOf(input) + Math.ceil((samples.length / SPEECH_SAMPLE_RATE_HZ) * TOKENS_A_SECOND);
      const reply =
        fields['stream_format'] === 'sse' ? asEvents(pieces, input, tokens) : asSound(pieces, format);
      return { ...reply, tokens };
    },
  };
}

const MOST_CHARACTERS = 4096;
const PIECE_FRAMES = SPEECH_SAMPLE_RATE_HZ / 10;
const TOKENS_A_SECOND = 20;

function formatOf(format: unknown): 'pcm' | 'wav' {
  if (format === 'pcm' || format === 'wav') return format;
  throw new BadRequest(`this peer speaks wav and pcm only, say so by response_format; got ${format}`, {
    param: 'response_format',
  });
}

function piecesOfSound(samples: Float32Array, format: 'pcm' | 'wav'): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  if (format === 'wav') {
    pieces.push(wavHeader({ sampleRateHz: SPEECH_SAMPLE_RATE_HZ, channels: 1, encoding: 'pcm16' }));
  }
  for (let frame = 0; frame < samples.length; frame += PIECE_FRAMES) {
    const frames = Math.min(PIECE_FRAMES, samples.length - frame);
    const piece = new Uint8Array(frames * PCM16_BYTES);
    encodePcm16([samples], frame, frames, piece);
    pieces.push(piece);
  }
  return pieces;
}

function asSound(pieces: readonly Uint8Array[], format: 'pcm' | 'wav'): Reply {
  return { status: 200, headers: { 'content-type': `audio/${format}` }, pieces, streamed: true };
}

function asEvents(pieces: readonly Uint8Array[], input: string, tokens: number): Reply {
  const inputTokens = tokensOf(input);
  const usage = { input_tokens: inputTokens, output_tokens: tokens - inputTokens, total_tokens: tokens };
  return sseReply([
    ...pieces.map((piece) =>
      sseEvent({ type: 'speech.audio.delta', audio: Buffer.from(piece).toString('base64') }),
    ),
    sseEvent({ type: 'speech.audio.done', usage }),
  ]);
}
