import { once } from 'node:events';
import type { Socket } from 'node:net';
import { defineSignal, SimulatedClock } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import { problem } from '../server.fixture.ts';
import {
  accounted,
  deafReader,
  listen,
  opened,
  other,
  streaming,
  unchunked,
} from './event-stream.fixture.ts';

describe('/api/signals', () => {
  it('tells every signal as it happens, with an id, as an event for onmessage', async () => {
    const { url, emit, server } = await streaming();
    const client = await listen(url);
    expect(client.response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    await client.until(() => client.lastId() !== '');
    emit(2);
    await client.heard(2);
    const [, id, data] = /^id: (\w+-\d+)\ndata: (.*)$/.exec(client.events()[0] ?? '') ?? [];
    expect(id).toMatch(/^[0-9a-f]{12}-\d+$/);
    expect(JSON.parse(data ?? '')).toEqual({
      type: 'test.beat',
      source: 'test',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      monotonicMs: expect.any(Number),
      data: { n: 1 },
    });
    const ended = once(client.response, 'end');
    await server.stop();
    await ended;
    expect(client.text().endsWith('event: stopping\ndata: {}\n\n')).toBe(true);
  });

  it('resumes by Last-Event-ID exactly, and tells a new run of the server from the old one', async () => {
    const { url, emit, closed } = await streaming();
    const first = await listen(url, '/api/signals?type=test.*');
    emit(5);
    await first.heard(5);
    first.response.destroy();
    while (closed.length === 0) await new Promise(setImmediate);
    emit(5);
    const resumed = { 'last-event-id': first.lastId() };
    const second = await listen(url, '/api/signals?type=test.*', resumed);
    emit(1);
    await second.heard(6);
    expect([...first.numbers(), ...second.numbers()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const restarted = await streaming();
    const third = await listen(restarted.url, '/api/signals', resumed);
    await third.until(() => third.events().length > 0);
    expect(third.events()[0]).toContain('event: gap\ndata: {"reason":"restarted"}');
  });

  it('tells how many are missing to who comes back too late, and to a page everything that is kept', async () => {
    const { url, emit } = await streaming({ signalHistory: 10 });
    const first = await listen(url);
    emit(1);
    await first.heard(1);
    emit(20);
    const filter = '?type=test.beat&after=';
    const second = await listen(url, `/api/signals${filter}${first.lastId()}`);
    await second.until(() => second.events().length > 1);
    const [, missed] = /event: gap\ndata: \{"reason":"too-old","missed":(\d+)\}/.exec(second.text()) ?? [];
    expect(second.numbers()[0]).toBe(Number(missed) + 2);
    const page = await listen(url, '/api/signals?after=start');
    await page.until(() => page.events().length >= 9);
    expect(page.text()).not.toContain('event: gap');
  });

  it('filters by types and sources', async () => {
    const { url, emit, signals } = await streaming();
    const client = await listen(url, '/api/signals?type=test.o*&type=nothing&source=one');
    emit(3);
    for (const source of ['one', 'two']) signals.channel(other).emit({ n: 100 }, { source });
    signals.channel(other).emit({ n: 101 }, { source: 'one' });
    await client.heard(2);
    expect(client.numbers()).toEqual([100, 101]);
    for (const bad of [`type=${'x'.repeat(201)}`, new Array(21).fill('type=a').join('&'), 'after=']) {
      const response = await fetch(`${url}/api/signals?${bad}`, {
        method: 'GET',
        signal: AbortSignal.timeout(5000),
      });
      expect([bad.slice(0, 9), response.status]).toEqual([bad.slice(0, 9), bad === 'after=' ? 200 : 400]);
      await response.body?.cancel();
    }
  });

  it('tells who asked for what by the name of the token, which is no secret', async () => {
    const token = 'correct-horse-battery';
    const { url } = await streaming({ tokens: [{ name: 'ops', token }] });
    const headers = { authorization: `Bearer ${token}` };
    const client = await listen(url, '/api/signals?type=server.request.finished', headers);
    await (await fetch(`${url}/health`, { headers })).text();
    await client.until(() => client.events().length > 0);
    expect(client.events()[0]).toContain('"route":"/health","status":200');
    expect(client.events()[0]).toContain('"caller":"ops"');
  });

  it('shows every 15 s that it lives, with the id of what was looked at', async () => {
    const clock = new SimulatedClock();
    const { url } = await streaming({ clock });
    const client = await listen(url);
    await client.until(() => client.lastId() !== '');
    await clock.advance(15_000);
    await client.until(() => client.text().includes(': heartbeat\nid: '));
    const heard = client.text().length;
    // What is heard may be here before the server waits for the next one.
    for (let round = 0; client.text().length === heard && round < 1000; round++) {
      await clock.advance(15_000);
      await new Promise(setImmediate);
    }
    expect(client.text().length).toBeGreaterThan(heard);
  });

  it('has a bounded number of places, and gives one back when its client is gone', async () => {
    const { url, closed } = await streaming({ maxStreams: 2 });
    const [first] = await Promise.all([listen(url), listen(url)]);
    const refused = await fetch(`${url}/api/signals`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await problem(refused)).toMatchObject({ code: 'TOO_MANY_STREAMS', retryable: true });
    expect((await fetch(`${url}/api/signals`, { method: 'HEAD' })).status).toBe(404);
    first.response.destroy();
    while (closed.length === 0) await new Promise(setImmediate);
    expect((await listen(url)).response.statusCode).toBe(200);
  });

  it('holds nothing for slow readers: 200 that read nothing miss what they are told they missed, and memory stays', async () => {
    const { url, emit } = await streaming({
      maxStreams: 300,
      rates: { loopback: { perSecond: 1e4, burst: 1e4 } },
    });
    const quick = await listen(url);
    const deaf = await Promise.all(Array.from({ length: 200 }, () => deafReader(url)));
    const text = 'x'.repeat(1000);
    const round = async () => {
      for (let i = 0; i < 20; i++) {
        emit(50, text);
        await new Promise(setImmediate);
      }
    };
    for (let i = 0; i < 3; i++) await round();
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    for (let i = 0; i < 10; i++) await round();
    // 10 MB each would be 2 GB for all.
    const grownBytes = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - before;
    process.stdout.write(
      `  200 slow readers: ${(grownBytes / 1e6).toFixed(1)} MB for 10 MB of signals each\n`,
    );
    expect(grownBytes).toBeLessThan(80_000_000);
    await quick.until(() => quick.numbers().at(-1) === 13_000);
    expect(accounted(quick.text())).toBe(13_000 + opened(quick.text()));

    // One of them wakes up: what it was told is in order, and what is missing was counted.
    const [sleeper] = deaf;
    let got = '';
    sleeper?.setEncoding('utf8');
    sleeper?.on('data', (piece) => {
      got += piece;
    });
    sleeper?.resume();
    while (!/"n":13000\D/.test(got)) await once(sleeper as Socket, 'data');
    const plain = unchunked(got);
    expect(plain).toContain('{"reason":"lagged","missed":');
    expect(accounted(plain)).toBeGreaterThanOrEqual(13_000);
    for (const socket of deaf) socket.destroy();
  });

  it('gives the place of a reader that takes nothing for two minutes to another', async () => {
    const clock = new SimulatedClock();
    const { url, emit, closed } = await streaming({ clock });
    const socket = await deafReader(url);
    // More than the operating system takes for it.
    for (let i = 0; i < 400; i++) {
      emit(30, 'x'.repeat(1000));
      await new Promise(setImmediate);
    }
    await clock.advance(15_000 * 10);
    while (closed.length === 0) await new Promise(setImmediate);
    expect(closed[0]?.data).toMatchObject({ end: 'stalled', streams: 0 });
    socket.destroy();
  });

  it('survives data that cannot be told', async () => {
    const { url, signals } = await streaming();
    const client = await listen(url);
    await client.until(() => client.lastId() !== '');
    const circle: Record<string, unknown> = { n: 1 };
    circle['self'] = circle;
    const channel = signals.channel(defineSignal<unknown>('test.odd'));
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    for (const data of [circle, revoked.proxy, undefined, 5n, 'x'.repeat(1_000_000)])
      channel.emit(data, { source: 's\n\nid: 7' });
    await client.until(() => client.events().length >= 5);
    expect(client.events()).toHaveLength(5);
    expect(client.events()[1]).toContain('"[unreadable]"');
    expect(signals.counts.listenerErrors).toBe(0);
  });
});
