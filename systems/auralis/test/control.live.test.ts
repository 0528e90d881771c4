import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { systemClock } from '@sustain/kernel';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type RunningAuralis, runAuralis } from '../src/drills/running-auralis.ts';
import { RecordingListener } from './recording-listener.ts';

const SAMPLE_RATE_HZ = 44_100;

describe('listeners steer the music', () => {
  let auralis: RunningAuralis;
  let quiet: RecordingListener;
  beforeAll(async () => {
    auralis = await runAuralis('steering');
    quiet = await RecordingListener.connect(auralis.url);
  });
  afterAll(() => auralis.stop());
  beforeEach(async () => {
    const from = quiet.frames.length;
    await quiet.until(({ frames }) => frames.length > from);
  });

  test('a newcomer is welcomed with the format and hears at once', async () => {
    await quiet.until(({ frames }) => frames.length > 20);
    const listener = await RecordingListener.connect(auralis.url);
    const connectedMs = systemClock.monotonicMs();
    await listener.until(({ frames }) => frames.length >= 15);
    expect(systemClock.monotonicMs() - connectedMs).toBeLessThan(300);
    expect(listener.messages[0]).toMatchObject({
      type: 'welcome',
      format: { sampleRateHz: SAMPLE_RATE_HZ, channels: 2, frames: 1764, encoding: 's16le' },
      nextSeq: listener.frames[0]?.sequence,
      epoch: listener.frames[0]?.epoch,
      prebufferMs: 600,
    });
    listener.stop();
  });

  test('a change is accepted, told to the others, and heard within 8 s at any tempo', async () => {
    const listener = await RecordingListener.connect(auralis.url);
    const waitsSeconds: number[] = [];
    for (const tempoBpm of [40, 70, 140]) {
      const news = quiet.next('parameters');
      const answer = listener.next('accepted');
      listener.send(JSON.stringify({ type: 'control', id: `to ${tempoBpm}`, parameters: { tempoBpm } }));
      expect(await answer).toMatchObject({ id: `to ${tempoBpm}`, parameters: { tempoBpm } });
      const { parameters, heardAtSample } = (await news) as { parameters: unknown; heardAtSample: number };
      expect(parameters).toMatchObject({ tempoBpm });
      const sentUntil = listener.frames.at(-1)?.samplePosition ?? 0;
      const prebuffered = 0.72;
      waitsSeconds.push((heardAtSample - sentUntil) / SAMPLE_RATE_HZ + prebuffered);
      await listener.until(({ frames }) => (frames.at(-1)?.samplePosition ?? 0) > heardAtSample);
    }
    listener.stop();
    process.stdout.write(`  heard after ${waitsSeconds.map((wait) => wait.toFixed(1)).join(', ')} s\n`);
    expect(Math.max(...waitsSeconds)).toBeLessThan(8);
  });

  test.each([
    ['that is not JSON', 'key=D', 'MALFORMED_MESSAGE'],
    ['that is empty', '', 'MALFORMED_MESSAGE'],
    ['of an unknown type', '{"type":"reboot"}', 'MALFORMED_MESSAGE'],
    ['nested a thousand deep', '['.repeat(1000), 'MALFORMED_MESSAGE'],
    ['with an unknown key', '{"type":"control","parameters":{"key":"H"}}', 'INVALID_PARAMETERS'],
    ['with an unknown mode', '{"type":"control","parameters":{"mode":"jazz"}}', 'INVALID_PARAMETERS'],
    ['with a tempo of NaN', '{"type":"control","parameters":{"tempoBpm":NaN}}', 'MALFORMED_MESSAGE'],
    [
      'with a tempo beyond all numbers',
      '{"type":"control","parameters":{"tempoBpm":1e999}}',
      'INVALID_PARAMETERS',
    ],
    ['with a tempo of null', '{"type":"control","parameters":{"tempoBpm":null}}', 'INVALID_PARAMETERS'],
    ['with __proto__', '{"type":"control","parameters":{"__proto__":{"key":"D"}}}', 'INVALID_PARAMETERS'],
    ['that is binary', Buffer.from([1, 2, 3]), 'MALFORMED_MESSAGE'],
  ])('a message %s gets a typed error, and nobody else notices', async (_what, message, code) => {
    const hostile = await RecordingListener.connect(auralis.url);
    const answer = hostile.next('error');
    hostile.send(message);
    expect(await answer).toMatchObject({ code, message: expect.stringMatching(/.+/), retryable: false });
    const heardBefore = hostile.frames.length;
    await hostile.until(({ frames }) => frames.length > heardBefore);
    hostile.stop();
    await expectUndisturbed(quiet);
  });

  test('a text of 10 MB gets a typed error and is sent away, and nobody else notices', async () => {
    const hostile = await RecordingListener.connect(auralis.url);
    const answer = hostile.next('error');
    hostile.send('x'.repeat(10_000_000));
    expect(await answer).toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      message: expect.stringContaining('4096'),
    });
    expect(await hostile.closed).toEqual({ code: 1009, reason: 'MESSAGE_TOO_LARGE' });
    await expectUndisturbed(quiet);
  });

  test('a flood of messages is answered once a second, then cut off, and nobody else notices', async () => {
    const flood = spawn(process.execPath, ['--input-type=module', '--eval', FLOOD, auralis.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const gapsMs: number[] = [];
    let lastMs = systemClock.monotonicMs();
    const stopWatching = quiet.onFrame(() => {
      gapsMs.push(systemClock.monotonicMs() - lastMs);
      lastMs = systemClock.monotonicMs();
    });
    const [report] = (await once(flood.stdout, 'data')) as [Buffer];
    stopWatching();
    const { connections, refusals } = JSON.parse(String(report)) as { connections: number; refusals: number };
    process.stdout.write(
      `  cut off ${connections} times in 3 s, told ${refusals} times; worst gap ${Math.max(...gapsMs).toFixed(0)} ms\n`,
    );
    expect(connections).toBeGreaterThan(1);
    expect(refusals).toBeGreaterThan(0);
    expect(Math.max(...gapsMs)).toBeLessThan(600);
    await expectUndisturbed(quiet);
  });

  test('the eleventh listener is told that it is full, and when to come back', async () => {
    const others = await Promise.all(Array.from({ length: 9 }, () => RecordingListener.connect(auralis.url)));
    const refused = new WebSocket(`${auralis.url.replace('http', 'ws')}/auralis/stream`);
    const [, response] = (await once(refused, 'unexpected-response')) as [unknown, IncomingMessage];
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('5');
    refused.on('error', () => undefined).terminate();
    for (const other of others) other.stop();
    await Promise.all(others.map(({ closed }) => closed));
    await expectUndisturbed(quiet);
  });

  test('a listener that does not read disturbs nobody', async () => {
    const stuck = await RecordingListener.connect(auralis.url);
    stuck.pause();
    const from = quiet.frames.length;
    await quiet.until(({ frames }) => frames.length > from + 50);
    await expectUndisturbed(quiet);
    stuck.stop();
  });
});

/** Floods the stream for 3 s, again and again as it is cut off; then says how often that was, and how often it was told why. */
const FLOOD = `
import { WebSocket } from 'ws';
const url = process.argv[1].replace('http', 'ws') + '/auralis/stream';
const endMs = Date.now() + 3000;
let connections = 0;
let refusals = 0;
while (Date.now() < endMs) {
  await new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.on('error', () => undefined);
    socket.on('close', resolve);
    socket.on('message', (data, isBinary) => {
      if (!isBinary && JSON.parse(data).code === 'TOO_MANY_MESSAGES') refusals++;
    });
    socket.on('open', () => {
      connections++;
      const send = () => {
        if (socket.readyState !== WebSocket.OPEN) return;
        for (let i = 0; i < 100; i++) socket.send('{"type":"control","parameters":{"intensity":0.4}}');
        if (Date.now() < endMs) setImmediate(send); else socket.close();
      };
      send();
    });
  });
}
console.log(JSON.stringify({ connections, refusals }));`;

/** What the quiet listener has heard is whole and in order, nothing of it concealed, and it goes on. */
async function expectUndisturbed(quiet: RecordingListener): Promise<void> {
  const from = quiet.frames.length;
  await quiet.until(({ frames }) => frames.length >= from + 10);
  const first = quiet.frames[0]?.sequence ?? 0;
  expect(quiet.frames.map(({ sequence }) => sequence)).toEqual(quiet.frames.map((_, i) => first + i));
  expect(quiet.frames.filter(({ flags }) => flags !== 0)).toEqual([]);
}
