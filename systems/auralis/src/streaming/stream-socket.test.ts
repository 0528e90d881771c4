import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Fault } from '@sustain/kernel';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Server, WebSocket, WebSocketServer } from 'ws';
import { auralisFaults } from '../faults.ts';
import { MAX_MESSAGE_BYTES, StreamSocket } from './stream-socket.ts';

let server: Server<typeof StreamSocket>;
beforeAll(async () => {
  server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    WebSocket: StreamSocket,
    maxPayload: MAX_MESSAGE_BYTES,
  });
  await once(server, 'listening');
});
afterAll(() => server.close());

test.each([
  ['too large', Buffer.from('x'.repeat(MAX_MESSAGE_BYTES + 1)), 1009, auralisFaults.MESSAGE_TOO_LARGE],
  ['no UTF-8', Buffer.from([0xc3, 0x28]), 1007, auralisFaults.MALFORMED_MESSAGE],
])('who sends what is %s is told why, and so is the program', async (_what, text, closeCode, fault) => {
  const connection = once(server, 'connection') as Promise<[StreamSocket]>;
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [socket] = await connection;
  socket.on('error', () => undefined); // ws reports it too, before the close
  const refused = once(socket, 'refused') as Promise<[Fault]>;
  const message = once(client, 'message') as Promise<[Buffer]>;
  const closed = once(client, 'close') as Promise<[number, Buffer]>;
  if (client.readyState !== WebSocket.OPEN) await once(client, 'open');
  client.send(text, { binary: false });
  const [[told], [said], [code, reason]] = await Promise.all([refused, message, closed]);
  expect(fault.matches(told)).toBe(true);
  expect(JSON.parse(String(said))).toMatchObject({
    type: 'error',
    code: told.code,
    operationId: told.operationId,
  });
  expect(told.operationId).toMatch(/^[0-9a-f]{32}$/);
  expect([code, String(reason)]).toEqual([closeCode, told.code]);
});
