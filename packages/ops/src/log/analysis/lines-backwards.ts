import type { FileHandle } from 'node:fs/promises';
import { MAX_LINE_BYTES } from './line-splitter.ts';

/**
 * The lines of a file before `endBytes`, the last first, in batches; without empty ones, and without those of more than
 * 4 MiB. Rejects when the file cannot be read.
 */
export async function* linesBackwards(handle: FileHandle, endBytes: number): AsyncGenerator<string[]> {
  let position = endBytes;
  let rest: Buffer = Buffer.alloc(0);
  while (position > 0) {
    const wantedBytes = Math.min(Math.max(PIECE_BYTES, rest.length), position); // Doubling keeps a long line linear.
    position -= wantedBytes;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(wantedBytes), 0, wantedBytes, position);
    const text = Buffer.concat([buffer.subarray(0, bytesRead), rest]);
    const start = position === 0 ? 0 : text.indexOf(NEWLINE) + 1;
    if (start === 0 && position > 0) {
      rest = text.length > MAX_LINE_BYTES ? Buffer.alloc(0) : text;
      continue;
    }
    rest = text.subarray(0, start);
    const lines = text.toString('utf8', start).split('\n').reverse();
    yield lines.filter((line) => line.trim() !== '');
  }
}

const PIECE_BYTES = 64 * 1024;
const NEWLINE = 10;
