import type { Socket } from 'node:net';
import type { BenchFigure } from '../bench-case.ts';
import { twoWays } from './two-ways.ts';

/** A short message, of a database or a control connection. */
const MESSAGE_BYTES = 64;
const ROUNDS = 40;
const IN_A_ROW = 250;

/** Microseconds from a message to its echo, the median and the 99th percentile, each beside those without the proxy. */
export async function roundTrip(): Promise<BenchFigure[]> {
  return twoWays(['echo'], async ({ proxy, direct }) => {
    const message = Buffer.alloc(MESSAGE_BYTES, 1);
    const us = { proxy: [] as number[], direct: [] as number[] };
    for (let round = -2; round < ROUNDS; round++) {
      for (const way of round % 2 === 0 ? (['proxy', 'direct'] as const) : (['direct', 'proxy'] as const)) {
        const socket = way === 'proxy' ? proxy : direct;
        for (let sent = 0; sent < IN_A_ROW; sent++) {
          const start = process.hrtime.bigint();
          await echoed(socket, message);
          if (round >= 0) us[way].push(Number(process.hrtime.bigint() - start) / 1000); // before, they warm up
        }
      }
    }
    return [
      { value: quantile(us.proxy, 0.5), rival: 'direct', rivalValue: quantile(us.direct, 0.5) },
      { value: quantile(us.proxy, 0.99), rival: 'direct-p99', rivalValue: quantile(us.direct, 0.99) },
    ];
  });
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
