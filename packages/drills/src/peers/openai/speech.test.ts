import { decodePcm16, peak, readWav, validateAudio } from '@sustain/audio';
import { afterEach, describe, expect, test } from 'vitest';
import { eventsOf, post } from '../peer-client.fixture.ts';
import { type OpenAiServer, openAiServer } from './index.ts';
import { speechSound } from './speech-sound.ts';

let server: OpenAiServer;
afterEach(() => server?.close());

async function speak(fields: object): Promise<Response> {
  server = await openAiServer();
  const json = { model: 'tts-1', voice: 'alloy', input: 'Hello there, how are you?', ...fields };
  return post(`${server.baseUrl}/audio/speech`, { json });
}

describe('speech', () => {
  test('is pcm in pieces of 100 ms, sent bit by bit', async () => {
    const response = await speak({ response_format: 'pcm' });
    const sound = await response.bytes();
    const samples = new Float32Array(sound.length / 2);
    decodePcm16(sound, 0, samples.length, [samples]);
    expect([response.headers.get('content-type'), response.headers.get('content-length')]).toEqual([
      'audio/pcm',
      null,
    ]);
    expect(samples.length).toBeGreaterThan(24_000);
    expect(validateAudio([samples], { expectedFrames: samples.length, expectedChannels: 1 }).ok).toBe(true);
    expect(server.requests[0]?.piecesSent).toBe(Math.ceil(samples.length / 2400));
  });

  test('is a wav file that our own reader reads', async () => {
    const sound = await (await speak({ response_format: 'wav' })).bytes();
    const { sampleRateHz, channels } = readWav(sound);
    expect([sampleRateHz, channels.length, peak(channels) > 0.3]).toEqual([24_000, 1, true]);
  });

  test('comes as events', async () => {
    const events = eventsOf(await (await speak({ response_format: 'pcm', stream_format: 'sse' })).text());
    expect(events[0]).toMatchObject({ type: 'speech.audio.delta' });
    expect(events.at(-1)).toMatchObject({ type: 'speech.audio.done', usage: { input_tokens: 7 } });
  });
});

describe('the sound of speech', () => {
  test('is the same for the same text and voice, and another for others', () => {
    const sound = speechSound('One two.', 'alloy');
    expect(speechSound('One two.', 'alloy')).toEqual(sound);
    expect(speechSound('One two.', 'nova')).not.toEqual(sound);
    expect(speechSound('Two one.', 'alloy')).not.toEqual(sound);
  });

  test('is silent between words, and never where there are vowels', () => {
    const sound = speechSound('a a', 'alloy');
    const [first, pause] = [110 * 24, 60 * 24];
    expect(peak([sound.subarray(0, first)])).toBeCloseTo(0.5, 1);
    expect(peak([sound.subarray(first, first + pause)])).toBe(0);
  });

  test('exists for every text', () => {
    for (const text of ['', '...', '日本語', '🎵', 'a']) {
      expect(speechSound(text, 'alloy').every(Number.isFinite)).toBe(true);
    }
  });
});
