import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { BenchFigure } from '../bench-case.ts';
import { inTurns } from '../in-turns.ts';
import { twoWays } from './two-ways.ts';

const CHUNK = Buffer.alloc(65_536, 1);
/** What is sent before the server says that it has it. */
const LOAD_BYTES = 16 * 2 ** 20;

/** Megabytes a second, from a client to a server that only reads. */
export async function throughput(): Promise<BenchFigure> {
  return twoWays(['sink', LOAD_BYTES], async ({ proxy, direct }) => {
    const calls = { proxy: () => sent(proxy), direct: () => sent(direct) };
    const ns = await inTurns(calls, { rounds: 21, turnMs: 60 });
    return { value: mbPerS(ns.proxy), rival: 'direct', rivalValue: mbPerS(ns.direct) };
  });
}

async function sent(socket: Socket): Promise<void> {
  const arrived = once(socket, 'data');
  for (let bytes = 0; bytes < LOAD_BYTES; bytes += CHUNK.length) {
    if (!socket.write(CHUNK)) await once(socket, 'drain');
  }
  await arrived;
}

function mbPerS(ns: number): number {
  return (LOAD_BYTES / ns) * 1000;
}
