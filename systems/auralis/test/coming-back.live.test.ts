import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Signals, systemClock } from '@sustain/kernel';
import { HealthMonitor } from '@sustain/ops/health';
import { createServer } from '@sustain/ops/server';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Composer, createComposer, defaultParameters } from '../src/composition/index.ts';
import { type RunningAuralis, runAuralis } from '../src/drills/running-auralis.ts';
import { listenerJoined, listenerLeft, listenerRefused } from '../src/signals.ts';
import { serveStream } from '../src/stream-route.ts';
import { Broadcast, Timeline } from '../src/streaming/index.ts';
import { type HeardFrame, RecordingListener } from './recording-listener.ts';

const MAX_LISTENERS = 3;

describe('a listener comes back', () => {
  let auralis: RunningAuralis;
  /** How many the server sees. */
  let here = 0;
  const listeners: RecordingListener[] = [];
  beforeAll(async () => {
    auralis = await runAuralis('coming back', { maxListeners: MAX_LISTENERS });
    for (const type of [listenerJoined, listenerLeft]) {
      auralis.signals.on(type, ({ data }) => {
        here = data.listeners;
      });
    }
  });
  afterAll(() => auralis.stop());
  afterEach(async () => {
    while (here > 0) {
      const left = auralis.next(listenerLeft);
      for (const listener of listeners.splice(0)) listener.stop();
      await left;
    }
  });

  async function newcomer(query = ''): Promise<RecordingListener> {
    const listener = await RecordingListener.connect(auralis.url, query);
    listeners.push(listener);
    await listener.until(({ frames }) => frames.length > 20);
    return listener;
  }

  const welcomeOf = ({ messages }: RecordingListener) => messages[0] as Record<string, string>;
  const placeOf = (listener: RecordingListener, last = listener.frames.at(-1)) =>
    `resume=${welcomeOf(listener)['token']}&epoch=${last?.epoch}&lastSeq=${last?.sequence}`;
  const sequencesOf = (frames: readonly HeardFrame[]) => frames.map(({ sequence }) => sequence);

  test('again and again, under the same token, and gets all that it missed, in order', async () => {
    const first = await newcomer();
    expect(welcomeOf(first)).toMatchObject({ resumed: false, heartbeatMs: 5000 });
    let last = first;
    const heard = [...first.frames];
    for (let visit = 0; visit < 3; visit++) {
      last.stop();
      await last.closed;
      const place = placeOf(last, heard.at(-1));
      await systemClock.sleep(200);
      last = await newcomer(place);
      expect(welcomeOf(last)).toMatchObject({ resumed: true, token: welcomeOf(first)['token'] });
      heard.push(...last.frames);
    }
    const from = heard[0]?.sequence ?? 0;
    expect(sequencesOf(heard)).toEqual(heard.map((_, i) => from + i));
    expect(heard.filter(({ flags }) => flags !== 0)).toEqual([]);
  });

  test('after longer than it buffers it goes on with the live stream, and the gap is exact', async () => {
    const before = await newcomer();
    before.stop();
    await before.closed;
    const last = before.frames.at(-1) as HeardFrame;
    await systemClock.sleep(1500);
    const after = await newcomer(placeOf(before, last));
    const [next, second] = after.frames as [HeardFrame, HeardFrame];
    expect(welcomeOf(after)).toMatchObject({ resumed: true, nextSeq: next.sequence });
    expect([next.flags, second.flags]).toEqual([1, 0]);
    expect(next.sequence).toBeGreaterThan(last.sequence + 1);
    expect(next.samplePosition - last.samplePosition).toBe((next.sequence - last.sequence) * 1764);
    const patient = await newcomer(`${placeOf(before, last)}&bufferMs=8000`);
    expect(patient.frames[0]?.sequence).toBe(last.sequence + 1);
  });

  test('while its old connection is still there: that one is closed with 4009, and no place is needed', async () => {
    const old = await newcomer();
    await newcomer();
    await newcomer();
    const back = await newcomer(placeOf(old));
    expect(await old.closed).toMatchObject({ code: 4009 });
    expect(welcomeOf(back)).toMatchObject({ resumed: true });
  });

  test('with a token that is not known, or to another epoch, it begins as a newcomer', async () => {
    const old = await newcomer();
    const stranger = await newcomer('resume=of-nobody&epoch=1&lastSeq=1');
    expect(welcomeOf(stranger)).toMatchObject({ resumed: false });
    const last = { ...(old.frames.at(-1) as HeardFrame), epoch: 1 };
    expect(welcomeOf(await newcomer(placeOf(old, last)))).toMatchObject({ resumed: false });
  });

  test('what it asked for and was not answered is done once, though it asks again', async () => {
    const other = await newcomer();
    const old = await newcomer();
    const ask = '{"type":"control","id":"only once","parameters":{"tempoBpm":61}}';
    const answer = old.next('accepted');
    old.send(ask);
    const first = await answer;
    const back = await newcomer(placeOf(old));
    const again = back.next('accepted');
    back.send(ask);
    expect(await again).toEqual(first);
    expect(other.messages.filter(({ type }) => type === 'parameters')).toHaveLength(1);
  });

  test('S2-57: when all places are taken it is told so and closed with 1008, if it asks for that', async () => {
    await Promise.all(Array.from({ length: MAX_LISTENERS }, () => newcomer()));
    const told = await RecordingListener.connect(auralis.url, 'full=tell');
    expect(await told.closed).toEqual({
      code: 1008,
      reason: '3 listeners are here already; try again later',
    });
    expect(told.messages).toMatchObject([
      { type: 'error', code: 'TOO_MANY_LISTENERS', retryable: true, retryAfterMs: 5000 },
    ]);
    expect(told.frames).toEqual([]);
  });

  test.each(['lastSeq=-1', 'resume=%F0%28%8C%28', 'epoch=99999999999', 'bufferMs=1&bufferMs=2'])(
    'from a place that there is not (%s) it is answered 400',
    async (query) => {
      const socket = new WebSocket(`${auralis.url.replace('http', 'ws')}/auralis/stream?${query}`);
      const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
      expect(response.statusCode).toBe(400);
      socket.on('error', () => undefined).terminate();
    },
  );
});

test('S2-41 to S2-43: what fails on our side closes one connection with 1011 and the code alone, and leaves nothing behind', async () => {
  const clock = systemClock;
  const signals = new Signals();
  const server = createServer({ port: 0, health: new HealthMonitor({ clock }), clock, signals });
  const timeline = new Timeline();
  const broadcast = new Broadcast(timeline, 1);
  const real = createComposer({ seed: 1, parameters: defaultParameters });
  let isBroken = true;
  const composer: Composer = Object.create(real, {
    parameters: {
      get() {
        if (isBroken) throw new Error(`the password is hunter2 ${'x'.repeat(200)}`);
        return defaultParameters;
      },
    },
  });
  serveStream(server, { composer, timeline, broadcast, clock, signals, maxListeners: 1 });
  const told: string[] = [];
  const sizes: number[] = [];
  signals.on(listenerRefused, ({ data }) => told.push(data.fault.message));
  for (const type of [listenerJoined, listenerLeft])
    signals.on(type, ({ data }) => sizes.push(data.listeners));
  const url = await server.start();
  for (let visit = 0; visit < 3; visit++) {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/auralis/stream`);
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect([code, String(reason)]).toEqual([1011, 'UNEXPECTED']);
    socket.close(); // of what is closed already
  }
  expect(told).toHaveLength(3);
  expect(told[0]).toContain('hunter2'); // in the log, and only there
  expect([broadcast.size, sizes]).toEqual([0, []]);
  isBroken = false;
  const listener = await RecordingListener.connect(url);
  expect(broadcast.size).toBe(1);
  listener.stop();
  await listener.closed;
  await server.stop();
  expect([broadcast.size, sizes]).toEqual([0, [1, 0]]);
});
