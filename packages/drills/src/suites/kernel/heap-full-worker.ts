// A thread that keeps what it is told to in objects, which its heap has to hold: what a drill makes run out of memory.
import { parentPort } from 'node:worker_threads';

const PIECE = 1000;

parentPort?.on('message', ({ id, entries }: { readonly id: number; readonly entries: number }) => {
  // Piece by piece: where one call takes it all, the engine cannot end the thread alone, and ends the process.
  const pieces: unknown[][] = [];
  let count = 0;
  for (; count < entries; count += PIECE)
    pieces.push(Array.from({ length: PIECE }, (_, entry) => ({ entry })));
  parentPort?.postMessage({ id, count: pieces.flat().length });
});
parentPort?.postMessage({ up: true });
