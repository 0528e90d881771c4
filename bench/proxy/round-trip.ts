import type { Socket } from 'node:net';
import type { BenchFigure } from '../bench-case.ts';
import { twoWays } from './two-ways.ts';

/** A short message, of a database or a control connection. */
const MESSAGE_BYTES = 64;
const WARM_UP_ROUNDS = 2;
const ROUNDS = 40;
const IN_A_ROW = 250;

/**
 * Microseconds from a message to its echo, each beside those without the proxy: the median, and the 99th percentile, which
 * is the middle one of those of the turns, since what else the machine does makes the worst of all turns its own.
 */
export async function roundTrip(): Promise<BenchFigure[]> {
  return twoWays(['echo'], async ({ proxy, direct }) => {
    const turns = { proxy: [] as number[][], direct: [] as number[][] };
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
      for (const way of round % 2 === 0 ? (['proxy', 'direct'] as const) : (['direct', 'proxy'] as const)) {
        const us = await turn(way === 'proxy' ? proxy : direct);
        if (round >= 0) turns[way].push(us);
      }
    }
    return (['direct', 'direct-p99'] as const).map((rival, at) => {
      const typical = (ofWay: number[][]) =>
        quantile(
          ofWay.map((us) => quantile(us, at === 0 ? 0.5 : 0.99)),
          0.5,
        );
      return { value: typical(turns.proxy), rival, rivalValue: typical(turns.direct) };
    });
  });
}

/** Round trips, one after the other. */
async function turn(socket: Socket): Promise<number[]> {
  const message = Buffer.alloc(MESSAGE_BYTES, 1);
  const us: number[] = [];
  for (let sent = 0; sent < IN_A_ROW; sent++) {
    const start = process.hrtime.bigint();
    await echoed(socket, message);
    us.push(Number(process.hrtime.bigint() - start) / 1000);
  }
  return us;
}

function echoed(socket: Socket, message: Buffer): Promise<void> {
  return new Promise((resolve) => {
    let leftBytes = message.length;
    const heard = (chunk: Buffer) => {
      leftBytes -= chunk.length;
      if (leftBytes > 0) return;
      socket.off('data', heard);
      resolve();
    };
    socket.on('data', heard);
    socket.write(message);
  });
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] as number;
}
