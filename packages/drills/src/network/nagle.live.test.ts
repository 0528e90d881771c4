import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { client, listening, startProxy } from './proxied.fixture.ts';

const ROUNDS = 40;
/** Where Nagle waits for a delayed acknowledgement, that takes 40 ms on Linux. */
const DELAYED_ACK_MS = 40;

test('a trap: Nagle holds the second of two small writes back until the first is acknowledged, but not here', async () => {
  // The answer comes after the second: with Nagle on any of the ways, each round takes a delayed acknowledgement.
  const server = createServer({ noDelay: true }, (socket) => {
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      for (; bytes >= 2; bytes -= 2) socket.write('!');
    });
  });
  const proxy = await startProxy({ upstream: { port: await listening(server) } });
  const near = await client(proxy.port);
  const startMs = performance.now();
  for (let round = 1; round <= ROUNDS; round++) {
    near.send('a');
    await expect.poll(() => proxy.stats().bytesUp, { interval: 1 }).toBe(2 * round - 1); // so that they are two
    near.send('b');
    await near.hears(round);
  }
  const perRoundMs = (performance.now() - startMs) / ROUNDS;
  process.stdout.write(`  ${perRoundMs.toFixed(2)} ms a round\n`);
  expect(perRoundMs).toBeLessThan(DELAYED_ACK_MS / 2);
});
