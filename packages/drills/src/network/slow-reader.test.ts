import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { latency, type TcpProxy } from './index.ts';
import { client, listening, startProxy } from './proxied.fixture.ts';

const MIB = 2 ** 20;
const CHUNK_BYTES = 64 * 1024;
/** Of different bytes, so that one that is missing is seen; always the same ones, which leave no garbage. */
const CHUNKS = [1, 2, 3, 4, 5].map((byte) => Buffer.alloc(CHUNK_BYTES, byte));
const LOAD_BYTES = 200 * MIB;
/** Of the systems' buffers on both ways of two connections, which grow as they like, and of the proxy. */
const MOST_UNDER_WAY_BYTES = 48 * MIB;

/** A reader that waits for `go`, and then reads in small steps, letting the event loop turn between them. */
function slowReader(socket: Socket, go: Promise<void>) {
  const hash = createHash('sha1');
  let bytes = 0;
  const read = async () => {
    await go;
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.length;
      await setImmediate();
    }
    return hash.digest('hex');
  };
  return { read: read(), bytes: () => bytes };
}

/** Sends as fast as it is allowed to. */
function sender(socket: Socket) {
  const hash = createHash('sha1');
  let sentBytes = 0;
  const send = async () => {
    for (let at = 0; sentBytes < LOAD_BYTES; at++) {
      const chunk = CHUNKS[at % CHUNKS.length] as Buffer;
      hash.update(chunk);
      const goesOn = socket.write(chunk);
      sentBytes += chunk.length;
      if (!goesOn) await once(socket, 'drain');
    }
    socket.end();
    return hash.digest('hex');
  };
  return { send: send(), sentBytes: () => sentBytes };
}

/** Resolves when a figure stays the same for 200 turns of the event loop. */
async function settled(figure: () => number): Promise<number> {
  let before = figure();
  for (let turns = 0; turns < 200; turns++) {
    await setImmediate();
    if (figure() !== before) {
      before = figure();
      turns = 0;
    }
  }
  return before;
}

/** Sends 200 MiB to a reader that at first does not read; answers what was under way then, and by how much memory grew. */
async function towardsSlowReader(direction: 'up' | 'down', prepare: (proxy: TcpProxy) => void) {
  const { promise: mayRead, resolve: go } = Promise.withResolvers<void>();
  const accepted = Promise.withResolvers<Socket>();
  const port = await listening(createServer({ allowHalfOpen: true }, accepted.resolve));
  const proxy = await startProxy({ upstream: { port } });
  prepare(proxy);
  const { socket: near } = await client(proxy.port);
  near.removeAllListeners('data').pause();
  const far = await accepted.promise;
  const [from, to] = direction === 'up' ? [near, far] : [far, near];
  const reader = slowReader(to, mayRead);
  const before = process.memoryUsage().rss;
  let mostRss = before;
  const sending = sender(from);
  const underWayBytes = await settled(sending.sentBytes);
  go();
  const watch = async () => {
    while (reader.bytes() < LOAD_BYTES) {
      mostRss = Math.max(mostRss, process.memoryUsage.rss());
      for (let turn = 0; turn < 50; turn++) await setImmediate();
    }
  };
  const [sentHash, readHash] = await Promise.all([sending.send, reader.read, watch()]);
  expect(readHash).toBe(sentHash);
  expect(reader.bytes()).toBe(LOAD_BYTES);
  return { underWayBytes, grownBytes: mostRss - before };
}

describe('a trap: a proxy that buffers hides the slow reader', () => {
  it.each(['up', 'down'] as const)(
    'but this one lets its sender wait, %s, and memory stays flat',
    async (direction) => {
      const { underWayBytes, grownBytes } = await towardsSlowReader(direction, () => undefined);
      process.stdout.write(
        `  ${direction}: ${(underWayBytes / MIB).toFixed(1)} MiB under way, memory grew by ${(grownBytes / MIB).toFixed(1)} MiB\n`,
      );
      expect(underWayBytes).toBeLessThan(MOST_UNDER_WAY_BYTES);
      expect(grownBytes).toBeLessThan(100 * MIB);
    },
  );

  it('and neither does a latency hide it, beyond its window', async () => {
    const { underWayBytes } = await towardsSlowReader('up', (proxy) => {
      proxy.add(latency({ delayMs: 1 }));
    });
    expect(underWayBytes).toBeLessThan(MOST_UNDER_WAY_BYTES);
  });
});
