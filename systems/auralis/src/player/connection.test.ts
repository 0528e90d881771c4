import { encodeFrameHeader, FRAME_HEADER_BYTES, type Frame } from '@sustain/audio';
import { type Random, SimulatedClock } from '@sustain/kernel';
import { afterEach, describe, expect, test } from 'vitest';
import { type WebSocket as ServerSocket, WebSocketServer } from 'ws';
import { Connection, type ConnectionState } from './connection.ts';
import type { ServerMessage } from './server-message.ts';

const WELCOME = JSON.stringify({
  type: 'welcome',
  format: { sampleRateHz: 44_100, channels: 2, frames: 1764, encoding: 's16le' },
  prebufferMs: 600,
  token: 'ticket',
  resumed: false,
  parameters: { key: 'D', mode: 'lydian', tempoBpm: 72, intensity: 0.5 },
});

/** Chance that always comes out the same, so that the longest delays are seen. */
function always(value: number): Random {
  return { next: () => value, fork: () => always(value) };
}

function frameBytes(version = 1): Uint8Array {
  const message = new Uint8Array(FRAME_HEADER_BYTES + 4);
  encodeFrameHeader({ flags: 0, epoch: 1, sequence: 5, samplePosition: 8820, payloadBytes: 4 }, message);
  message[2] = version;
  return message;
}

/** A server on a real socket, and a connection to it on simulated time. */
class Scene {
  readonly clock = new SimulatedClock();
  readonly states: ConnectionState[] = [];
  readonly messages: ServerMessage[] = [];
  readonly frames: Frame[] = [];
  readonly connection: Connection;
  readonly #server: WebSocketServer;
  #waiting: (() => void)[] = [];

  static async start(
    onConnection: (socket: ServerSocket, query: string) => void,
    chance = 1,
  ): Promise<Scene> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    server.on('connection', (socket, request) => onConnection(socket, request.url?.split('?')[1] ?? ''));
    await new Promise((resolve) => server.once('listening', resolve));
    return new Scene(server, chance);
  }

  private constructor(server: WebSocketServer, chance: number) {
    this.#server = server;
    const { port } = server.address() as { port: number };
    this.connection = new Connection({
      url: `ws://127.0.0.1:${port}`,
      clock: this.clock,
      random: always(chance),
      bufferMs: () => 812.4,
      listener: {
        onState: (state) => this.#note(() => this.states.push(state)),
        onMessage: (message) => this.#note(() => this.messages.push(message)),
        onFrame: (frame) => this.#note(() => this.frames.push(frame)),
      },
    });
    scenes.push(this);
  }

  /** Resolves as soon as `condition` holds; looked at whenever something is heard. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Waits for the `count`th state named `state`, and answers it. */
  async state<Name extends ConnectionState['state']>(state: Name, count = 1) {
    const all = () => this.states.filter((seen) => seen.state === state);
    await this.until(() => all().length >= count);
    return all()[count - 1] as Extract<ConnectionState, { state: Name }>;
  }

  async stop(): Promise<void> {
    this.connection.close();
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #note(what: () => void): void {
    what();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

const scenes: Scene[] = [];
afterEach(async () => {
  for (const scene of scenes.splice(0)) await scene.stop();
});

describe('the connection', () => {
  test('is open after the welcome, hands on messages and frames, and sends', async () => {
    const received: string[] = [];
    const scene = await Scene.start((socket) => {
      socket.on('message', (data) => received.push(String(data)));
      socket.send(WELCOME);
      socket.send('{"type":"weather"}');
      socket.send('not JSON');
      socket.send(frameBytes());
      socket.once('message', () => socket.send('{"type":"error","code":"E","message":"no"}'));
    });
    expect(scene.connection.send('too early')).toBe(false);
    scene.connection.open();
    scene.connection.open();
    await scene.until(() => scene.frames.length === 1);
    expect(scene.states).toEqual([{ state: 'connecting' }, { state: 'open' }]);
    expect(scene.frames[0]).toMatchObject({ sequence: 5, samplePosition: 8820 });
    expect(scene.connection.send('hello')).toBe(true);
    await scene.until(() => scene.messages.length === 2);
    expect(scene.messages.map((message) => message.type)).toEqual(['welcome', 'error']);
    expect(received).toEqual(['hello']);
  });

  test('that is lost is made again, later each time, up to 5 s', async () => {
    const scene = await Scene.start((socket) => socket.close());
    scene.connection.open();
    const delaysMs: number[] = [];
    for (let attempt = 1; attempt <= 10; attempt++) {
      const { delayMs } = await scene.state('reconnecting', attempt);
      delaysMs.push(delayMs);
      await scene.clock.advance(delayMs);
    }
    expect(delaysMs).toEqual([100, 250, 500, 1000, 1000, 1000, 1000, 1000, 5000, 5000]);
  });

  test('waits a random part of that', async () => {
    const scene = await Scene.start((socket) => socket.close(), 0.3);
    scene.connection.open();
    expect((await scene.state('reconnecting')).delayMs).toBe(30);
  });

  test('starts the row of delays anew after it held for 10 s, not before', async () => {
    const sockets: ServerSocket[] = [];
    const scene = await Scene.start((socket) => {
      sockets.push(socket);
      socket.send(WELCOME);
    });
    scene.connection.open();
    await scene.state('open');
    sockets[0]?.terminate();
    const first = await scene.state('reconnecting');
    expect(first).toMatchObject({ attempt: 1, delayMs: 100 });
    await scene.clock.advance(100);
    await scene.state('open', 2);
    for (let sent = 1; sent <= 10; sent++) {
      sockets[1]?.send(frameBytes());
      await scene.until(() => scene.frames.length === sent);
      await scene.clock.advance(1000);
    }
    sockets[1]?.terminate();
    expect(await scene.state('reconnecting', 2)).toMatchObject({ attempt: 1, delayMs: 100 });
    await scene.clock.advance(100);
    await scene.state('open', 3);
    sockets[2]?.terminate();
    expect(await scene.state('reconnecting', 3)).toMatchObject({ attempt: 2, delayMs: 250 });
  });

  test('comes back with its token and the last frame that it got, and as a newcomer after it was closed', async () => {
    const queries: string[] = [];
    const sockets: ServerSocket[] = [];
    const scene = await Scene.start((socket, query) => {
      queries.push(query);
      sockets.push(socket);
      socket.send(WELCOME);
      if (sockets.length > 1) socket.send(frameBytes());
    });
    scene.connection.open();
    for (let loss = 1; loss <= 3; loss++) {
      await scene.state('open', loss);
      if (loss > 1) await scene.until(() => scene.frames.length === loss - 1);
      sockets[loss - 1]?.terminate();
      await scene.clock.advance((await scene.state('reconnecting', loss)).delayMs);
    }
    await scene.state('open', 4);
    scene.connection.close();
    scene.connection.open();
    await scene.state('open', 5);
    const place = 'full=tell&resume=ticket&epoch=1&lastSeq=5&bufferMs=812';
    expect(queries).toEqual(['full=tell', 'full=tell&resume=ticket&bufferMs=812', place, place, 'full=tell']);
  });

  test('to a server that is full is made when the server says, and a little later', async () => {
    let isFull = true;
    const scene = await Scene.start((socket) => {
      if (!isFull) return socket.send(WELCOME);
      socket.send(
        '{"type":"error","code":"TOO_MANY_LISTENERS","message":"full","retryable":true,"retryAfterMs":5000}',
      );
      socket.close(1008, 'full');
    }, 0.5);
    scene.connection.open();
    expect(await scene.state('reconnecting')).toMatchObject({ delayMs: 6250, full: true });
    isFull = false;
    await scene.clock.advance(6250);
    await scene.state('open');
  });

  test('that is silent for 2 s is lost, though nobody closed it', async () => {
    const scene = await Scene.start((socket) => socket.send(WELCOME));
    scene.connection.open();
    await scene.state('open');
    await scene.clock.advance(1999);
    expect(scene.states.at(-1)).toEqual({ state: 'open' });
    await scene.clock.advance(1);
    expect(scene.states.at(-1)).toMatchObject({ state: 'reconnecting' });
  });

  test('without a welcome for 5 s is lost', async () => {
    const connected = Promise.withResolvers<void>();
    const scene = await Scene.start(() => connected.resolve());
    scene.connection.open();
    await connected.promise;
    await scene.clock.advance(5000);
    expect(scene.states.at(-1)).toMatchObject({ state: 'reconnecting' });
  });

  test('that the server refuses stays refused, with its reason, until it is opened again', async () => {
    const scene = await Scene.start((socket) => socket.close(1008, 'the server is full'));
    scene.connection.open();
    expect(await scene.state('refused')).toEqual({ state: 'refused', reason: 'the server is full' });
    expect(scene.clock.waitingTimers).toBe(0);
    scene.connection.open();
    await scene.state('refused', 2);
  });

  test('that is given up while it waits to try again does not try again', async () => {
    const scene = await Scene.start((socket) => socket.terminate());
    scene.connection.open();
    await scene.state('reconnecting');
    scene.connection.refuse('the audio thread broke');
    expect(scene.states.at(-1)).toMatchObject({ state: 'refused' });
    expect(scene.clock.waitingTimers).toBe(0);
  });

  test('is made again after a frame that cannot be read', async () => {
    const scene = await Scene.start((socket) => {
      socket.send(WELCOME);
      socket.send(new Uint8Array(7));
    });
    scene.connection.open();
    expect(await scene.state('reconnecting')).toMatchObject({ attempt: 1 });
    expect(scene.frames).toEqual([]);
  });

  test('is refused when the server speaks another version, in words for the listener', async () => {
    const scene = await Scene.start((socket) => {
      socket.send(WELCOME);
      socket.send(frameBytes(9));
    });
    scene.connection.open();
    expect((await scene.state('refused')).reason).toContain('Please reload the page');
  });

  test('leaves nothing behind when it is closed, also while it waits to connect again', async () => {
    const scene = await Scene.start((socket) => socket.close());
    scene.connection.open();
    await scene.state('reconnecting');
    scene.connection.close();
    expect(scene.clock.waitingTimers).toBe(0);
    expect(scene.states.at(-1)).toEqual({ state: 'closed' });
    await scene.clock.advance(60_000);
    expect(scene.states.at(-1)).toEqual({ state: 'closed' });
  });
});
