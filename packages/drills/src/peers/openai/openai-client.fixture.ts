import { writeWav } from '@sustain/audio';
import { hear, post } from '../peer-client.fixture.ts';
import { type OpenAiServerOptions, openAiServer } from './index.ts';

/** A server, and a client that uses its endpoints. */
export async function openAiClient(options: OpenAiServerOptions = {}) {
  const server = await openAiServer(options);
  const ask = async (path: string, json: object) => {
    const heard = await hear(await post(`${server.baseUrl}/${path}`, { json }));
    return { ...heard, json: () => JSON.parse(heard.text) };
  };
  const chat = (content: string, more: object = {}) =>
    ask('chat/completions', { model: 'gpt-4o', messages: [{ role: 'user', content }], ...more });
  const transcribe = async (fields: Record<string, string>, content = wav(0.5)) => {
    const body = new FormData();
    body.set('model', 'whisper-1');
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    body.set('file', new File([content], 'turn.wav', { type: 'audio/wav' }));
    return hear(await post(`${server.baseUrl}/audio/transcriptions`, { body }));
  };
  const speak = async (fields: object) =>
    post(`${server.baseUrl}/audio/speech`, {
      json: { model: 'tts-1', voice: 'alloy', input: 'Hello there.', response_format: 'pcm', ...fields },
    });
  return { server, ask, chat, transcribe, speak };
}

/** Silence. */
export function wav(seconds: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(writeWav({ sampleRateHz: 16_000, channels: [new Float32Array(16_000 * seconds)] }));
}
