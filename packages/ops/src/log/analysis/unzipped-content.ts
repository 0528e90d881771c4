import { PlainBytes, UnzippedBytes } from './byte-source.ts';
import { HEAD_BYTES } from './followed-file.ts';
import { openLogFile } from './log-file.ts';

/** The first 4 KiB of what a gzipped file holds; fewer when there are no more. Rejects when it cannot be opened. */
export async function unzippedHead(path: string): Promise<Buffer> {
  for await (const piece of unzipped(path)) return piece.subarray(0, HEAD_BYTES);
  return Buffer.alloc(0);
}

/** Whether it is there to its end: a program may still be writing it. */
export async function isWholeZip(path: string): Promise<boolean> {
  const trouble = { reason: undefined as string | undefined };
  for await (const piece of unzipped(path, trouble)) void piece;
  return trouble.reason === undefined;
}

/** What it holds from a place on, in pieces. */
export async function* unzippedFrom(path: string, startBytes: number): AsyncGenerator<Buffer> {
  let leftBytes = startBytes;
  for await (const piece of unzipped(path)) {
    if (piece.length > leftBytes) yield piece.subarray(leftBytes);
    leftBytes = Math.max(0, leftBytes - piece.length);
  }
}

async function* unzipped(path: string, trouble?: { reason: string | undefined }): AsyncGenerator<Buffer> {
  const { handle, stats } = await openLogFile(path);
  const bytes = new UnzippedBytes(new PlainBytes(handle, stats.size));
  try {
    for (let piece = await bytes.read(); piece !== undefined; piece = await bytes.read()) yield piece;
    if (trouble !== undefined) trouble.reason = bytes.trouble;
  } finally {
    bytes.close();
    await handle.close();
  }
}
