import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { defineSignal, type Signal } from '@sustain/kernel';
import { newServer } from '../server.fixture.ts';
import { streamClosed } from './index.ts';

export const beat = defineSignal<{ n: number; text?: string }>('test.beat');
export const other = defineSignal<{ n: number }>('test.other');

export async function streaming(options: Parameters<typeof newServer>[0] = {}) {
  const { server, signals } = newServer(options);
  const closed: Signal[] = [];
  signals.on(streamClosed, (signal) => closed.push(signal));
  const channel = signals.channel(beat);
  let n = 0;
  const emit = (count = 1, text?: string) => {
    for (let i = 0; i < count; i++)
      channel.emit({ n: ++n, ...(text !== undefined && { text }) }, { source: 'test' });
  };
  return { server, signals, emit, closed, url: await server.start() };
}

/** A client of one stream: what it has heard, and when it has heard enough. */
export async function listen(url: string, path = '/api/signals', headers: Record<string, string> = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  httpRequest(url + path, { headers })
    .once('response', resolve)
    .once('error', reject)
    .end();
  const response = await promise;
  response.setEncoding('utf8');
  let text = '';
  response.on('data', (piece: string) => {
    text += piece;
  });
  response.on('error', () => response.destroy());
  const until = async (enough: () => boolean) => {
    while (!enough()) await once(response, 'data');
  };
  const events = () => text.split('\n\n').filter((block) => block.includes('data: '));
  const numbers = () => [...text.matchAll(/"n":(\d+)/g)].map(([, number]) => Number(number));
  const lastId = () => [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '';
  return {
    response,
    until,
    events,
    numbers,
    lastId,
    text: () => text,
    heard: (count: number) => until(() => numbers().length >= count),
  };
}

/** Asks for the stream and reads nothing of the answer. */
export async function deafReader(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => socket.destroy());
  socket.write('GET /api/signals HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(socket, 'readable');
  socket.pause();
  return socket;
}

/** How many of the signals that are told are the server's own about streams. */
export function opened(text: string): number {
  return text.match(/"type":"server\./g)?.length ?? 0;
}

/** Signals that were told or counted as missing. Throws when they are not in order. */
export function accounted(text: string): number {
  let last = 0;
  let count = 0;
  for (const block of text.split('\n\n')) {
    const missed = /^data: \{"reason":"lagged","missed":(\d+)\}$/m.exec(block)?.[1];
    const n = /"n":(\d+)/.exec(block)?.[1];
    count += Number(missed ?? 0) + (block.includes('"type":') ? 1 : 0);
    if (n === undefined) continue;
    if (Number(n) <= last) throw new Error(`${n} after ${last}`);
    last = Number(n);
  }
  return count;
}

/** The body of a chunked answer: without the lines that say how long each chunk is. */
export function unchunked(text: string): string {
  return text.replace(/(^|\r\n)[0-9a-f]+\r\n/g, '').replaceAll('\r\n', '');
}
