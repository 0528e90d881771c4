import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeFrameHeader, FRAME_HEADER_BYTES, readWav } from '@sustain/audio';
import { fileSizeLimited, fullDisk, smallDisk } from '@sustain/drills/disk';
import { partition, refuse, reset, TcpProxy } from '@sustain/drills/network';
import { seededRandom, systemClock } from '@sustain/kernel';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import {
  type RecordedFile,
  type RecordFileOptions,
  type RecordWait,
  recordFile,
  renderFile,
} from '../src/cli/index.ts';
import { HastyClock } from '../src/drills/hasty-clock.ts';
import { type RunningAuralis, runAuralis } from '../src/drills/running-auralis.ts';
import { RecordingListener } from './recording-listener.ts';

const SAMPLE_RATE_HZ = 44_100;
const SEED = 'recorded';
const HEADER_BYTES = 44;
const FRAME_BYTES = 4;
const FADE_FRAMES = 882;

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sustain-record-'));
  path = join(folder, 'out.wav');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

function record(url: string, options: Partial<RecordFileOptions> = {}): Promise<RecordedFile> {
  return recordFile({
    path,
    url: new URL('/auralis/stream', url.replace('http', 'ws')).href,
    clock: systemClock,
    random: seededRandom('waits'),
    signal: new AbortController().signal,
    ...options,
  });
}

describe('a recording of the stream', () => {
  let auralis: RunningAuralis;
  let proxy: TcpProxy;
  /** The 16-bit samples of the same music from its start, rendered without a server. */
  let music: Buffer;

  beforeAll(async () => {
    const place = mkdtempSync(join(tmpdir(), 'sustain-render-'));
    const rendered = join(place, 'music.wav');
    await renderFile({ path: rendered, seconds: 180, seed: SEED, signal: new AbortController().signal });
    music = readFileSync(rendered).subarray(HEADER_BYTES);
    rmSync(place, { recursive: true });
    auralis = await runAuralis(SEED);
    proxy = await TcpProxy.start({ upstream: auralis.url });
  });
  afterAll(async () => {
    await proxy?.close();
    await auralis?.stop();
  });

  const recorded = () => readFileSync(path).subarray(HEADER_BYTES);

  /** Where in the music the first tenth of a second of the recording stands, in bytes. */
  function placeInMusic(): number {
    const at = music.indexOf(recorded().subarray(0, 4410 * FRAME_BYTES));
    expect(at).toBeGreaterThanOrEqual(0);
    return at;
  }

  test('is the music that is rendered of the same seed, sample by sample, as long as was asked for', async () => {
    const result = await record(auralis.url, { seconds: 3 });
    expect(result).toMatchObject({
      path,
      recordedFrames: 3 * SAMPLE_RATE_HZ,
      gaps: 0,
      cuts: 0,
      reconnects: 0,
    });
    expect(result.concealedFrames).toBe(0);
    const at = placeInMusic();
    expect(recorded().equals(music.subarray(at, at + recorded().length))).toBe(true);
    expect(readdirSync(folder)).toEqual(['out.wav']);
  });

  test('ends when it is told to, whole as far as it goes', async () => {
    const stop = new AbortController();
    const result = await record(auralis.url, {
      signal: stop.signal,
      onProgress: ({ recordedFrames }) => recordedFrames > SAMPLE_RATE_HZ && stop.abort(),
    });
    expect(result.recordedFrames).toBeGreaterThan(SAMPLE_RATE_HZ);
    expect(readWav(readFileSync(path)).channels[0]).toHaveLength(result.recordedFrames);
    expect(result.endedBy).toBeUndefined();
  });

  test.each([
    ['is cut off', () => [proxy.add(reset(), { connections: 'open' })], 100],
    ['is cut off for 3 s', () => [proxy.add(refuse()), proxy.add(reset(), { connections: 'open' })], 3000],
    ['says nothing for 3 s', () => [proxy.add(partition())], 3000],
  ])('has lost nothing when the connection %s', async (_what, breakIt, outageMs) => {
    const waits: string[] = [];
    const recording = record(proxy.through(auralis.url), {
      seconds: 6,
      onWait: ({ why }) => waits.push(why),
    });
    await systemClock.sleep(1000);
    const broken = breakIt();
    await systemClock.sleep(outageMs);
    await Promise.all(broken.map((injection) => injection.end()));
    const result = await recording;
    process.stdout.write(`  ${waits.length} attempts: ${[...new Set(waits)].join('; ')}\n`);
    expect(result).toMatchObject({
      recordedFrames: 6 * SAMPLE_RATE_HZ,
      gaps: 0,
      cuts: 0,
      concealedFrames: 0,
    });
    expect(result.reconnects).toBe(1);
    const at = placeInMusic();
    expect(recorded().equals(music.subarray(at, at + recorded().length))).toBe(true);
  });

  test('has silence of exactly the length that was missing, when it was away for longer than the server remembers', async () => {
    const recording = record(proxy.through(auralis.url), { seconds: 24 });
    await systemClock.sleep(1000);
    const broken = [proxy.add(refuse()), proxy.add(reset(), { connections: 'open' })];
    await systemClock.sleep(15_000);
    await Promise.all(broken.map((injection) => injection.end()));
    const result = await recording;
    const { gapFrames, longestGapFrames } = result;
    process.stdout.write(`  away for 15 s: a gap of ${(gapFrames / SAMPLE_RATE_HZ).toFixed(3)} s\n`);
    expect(result).toMatchObject({ recordedFrames: 24 * SAMPLE_RATE_HZ, gaps: 1, concealedFrames: 0 });
    expect(longestGapFrames).toBe(gapFrames);
    const at = placeInMusic();
    const { first, last } = differing(recorded(), music.subarray(at));
    // Silence, and a fade on each side: all else is the music, in its place.
    expect(last - first + 1).toBeLessThanOrEqual(gapFrames + 2 * FADE_FRAMES);
    expect(last - first + 1).toBeGreaterThan(gapFrames - FADE_FRAMES);
    const silence = recorded()
      .subarray((first + FADE_FRAMES) * FRAME_BYTES)
      .subarray(0, gapFrames * FRAME_BYTES);
    expect(silence.subarray(0, -FADE_FRAMES * FRAME_BYTES).every((byte) => byte === 0)).toBe(true);
  });

  test('waits for a place where the server is full', async () => {
    const crowd = await Promise.all(Array.from({ length: 10 }, () => RecordingListener.connect(auralis.url)));
    const waits: RecordWait[] = [];
    const result = await record(auralis.url, {
      seconds: 1,
      onWait: (wait) => {
        waits.push(wait);
        crowd[0]?.stop();
      },
    });
    for (const listener of crowd) listener.stop();
    await Promise.all(crowd.map(({ closed }) => closed));
    expect(waits[0]).toMatchObject({ why: 'the stream is full' });
    expect(waits[0]?.delayMs).toBeGreaterThanOrEqual(5000);
    expect(result.recordedFrames).toBe(SAMPLE_RATE_HZ);
  });

  test('is given up when the stream stays away for a minute, and what was heard is kept', async () => {
    const clock = new HastyClock();
    const recording = record(proxy.through(auralis.url), { clock });
    await systemClock.sleep(1000);
    const broken = [proxy.add(refuse()), proxy.add(reset(), { connections: 'open' })];
    clock.runAt(100);
    const { recordedFrames, endedBy } = await recording;
    await Promise.all(broken.map((injection) => injection.end()));
    expect(endedBy).toMatchObject({
      code: 'STREAM_UNAVAILABLE',
      message: expect.stringMatching(/ECONNREFUSED.*nothing was heard for 6\d s/),
    });
    const at = placeInMusic();
    expect(recorded()).toHaveLength(recordedFrames * FRAME_BYTES);
    expect(recorded().equals(music.subarray(at, at + recorded().length))).toBe(true);
  });

  test('ends when its file may not grow any more, and what was heard is kept', async () => {
    const limited = fileSizeLimited(['this'], { bytes: 300_000 });
    const { recordedFrames, endedBy } = await record(auralis.url).finally(() => limited.end());
    expect(endedBy?.message).toContain('EFBIG');
    expect(readdirSync(folder)).toEqual(['out.wav']);
    const at = placeInMusic();
    expect(recorded()).toHaveLength(recordedFrames * FRAME_BYTES);
    expect(recorded().length).toBeGreaterThan(250_000);
    expect(recorded().equals(music.subarray(at, at + recorded().length))).toBe(true);
  });

  test('leaves nothing behind when it may not listen, or nobody plays', async () => {
    const nowhere = { path, url: `${auralis.url.replace('http', 'ws')}/no/such/stream` };
    await expect(record(auralis.url, nowhere)).rejects.toMatchObject({
      code: 'STREAM_UNAVAILABLE',
      message: expect.stringContaining('the server answered 404'),
    });
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await once(gone, 'close');
    await expect(record(`http://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'STREAM_UNAVAILABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('does not even connect when its file cannot be made', async () => {
    await record(auralis.url, { seconds: 0.1 });
    await expect(record('http://127.0.0.1:1')).rejects.toMatchObject({ code: 'RECORDING_EXISTS' });
    const tooLong = { seconds: 25_000, path: join(folder, 'other.wav') };
    await expect(record('http://127.0.0.1:1', tooLong)).rejects.toMatchObject({ code: 'WAV_TOO_LARGE' });
    expect(readdirSync(folder)).toEqual(['out.wav']);
  });
});

test('a render on a full disk fails, and leaves nothing', async () => {
  const disk = await smallDisk();
  onTestFinished(() => disk.close());
  const full = fullDisk(disk, { leaveBytes: 2 ** 20 });
  const options = { path: join(disk.path, 'out.wav'), seconds: 60, seed: SEED };
  const signal = new AbortController().signal;
  await expect(renderFile({ ...options, signal })).rejects.toThrow(/ENOSPC|EFBIG/);
  await full.end();
  expect(readdirSync(disk.path)).toEqual([]);
});

describe('a server that is not Auralis', () => {
  test.each([
    ['says nothing', () => undefined, 'nothing came for 5 s'],
    ['sends what is no frame', (send: Send) => send(Buffer.from('noise')), 'a frame could not be read'],
    [
      'plays another format',
      (send: Send) => send('{"type":"welcome","format":{"sampleRateHz":48000}}'),
      'its audio is {"sampleRateHz":48000}',
    ],
    ['speaks another language', (send: Send) => send('{"type":'), 'nothing came for 2 s'],
  ])('is not recorded when it %s', async (_what, say, reason) => {
    const port = await serving((socket) => say((data) => socket.send(data)));
    await expect(record(`http://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'STREAM_UNAVAILABLE',
      message: expect.stringContaining(reason),
    });
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is asked no more when it closes for good', async () => {
    const port = await serving((socket) => socket.close(4403, 'members only'));
    await expect(record(`http://127.0.0.1:${port}`)).rejects.toThrow(/closed with 4403 \(members only\)$/);
  });

  test('wants an access token: that is said, and the one that is given is sent', async () => {
    const asked: unknown[] = [];
    const server = createServer().on('upgrade', ({ headers }, socket) => {
      asked.push(headers.authorization);
      socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n');
    });
    onTestFinished(() => {
      server.close();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(record(`http://127.0.0.1:${port}`)).rejects.toThrow(/answered 401: it wants .*--token/);
    await expect(record(`http://127.0.0.1:${port}`, { accessToken: 'wrong' })).rejects.toThrow(/401/);
    expect(asked).toEqual([undefined, 'Bearer wrong']);
  });

  test('is full, and says so in a message: it is waited for, and then recorded', async () => {
    let knocks = 0;
    const port = await serving((socket) => {
      if (++knocks > 1) return play(socket);
      socket.send('{"type":"error","code":"TOO_MANY_LISTENERS","message":"full","retryAfterMs":200}');
      socket.close(1008, 'full');
    });
    const waits: RecordWait[] = [];
    const result = await record(`http://127.0.0.1:${port}`, {
      seconds: 0.1,
      onWait: (wait) => waits.push(wait),
    });
    expect(result.recordedFrames).toBe(4410);
    expect(waits).toHaveLength(1);
    expect(waits[0]?.delayMs).toBeGreaterThanOrEqual(200);
  });
});

type Send = (data: Buffer | string) => void;

/** The first and the last sample frame in which two pieces differ. */
function differing(one: Buffer, other: Buffer): { readonly first: number; readonly last: number } {
  const differs = (at: number) => one.readInt32LE(at * FRAME_BYTES) !== other.readInt32LE(at * FRAME_BYTES);
  let first = 0;
  let last = one.length / FRAME_BYTES - 1;
  while (first < last && !differs(first)) first++;
  while (last > first && !differs(last)) last--;
  return { first, last };
}

/** Serves WebSockets until the test is over. Answers the port. */
async function serving(onConnection: (socket: WebSocket) => void): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  server.on('connection', onConnection);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Half a second of silence, all at once. */
function play(socket: WebSocket): void {
  const format = { sampleRateHz: SAMPLE_RATE_HZ, channels: 2, frames: 1764, encoding: 's16le' };
  socket.send(JSON.stringify({ type: 'welcome', format, epoch: 1, nextSeq: 0, prebufferMs: 0 }));
  for (let sequence = 0; sequence < 13; sequence++) {
    const payloadBytes = 1764 * FRAME_BYTES;
    const frame = new Uint8Array(FRAME_HEADER_BYTES + payloadBytes);
    encodeFrameHeader({ flags: 0, epoch: 1, sequence, samplePosition: sequence * 1764, payloadBytes }, frame);
    socket.send(frame);
  }
}
