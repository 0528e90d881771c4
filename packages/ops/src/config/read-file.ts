import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

/** Larger files are no configuration, and parsing them would hold up the start. Bytes. */
export const MAX_FILE_BYTES = 262_144;

/** What became of a look at a file. */
export type FileReading =
  | { readonly state: 'read'; readonly text: string }
  /** There is no such file. */
  | { readonly state: 'missing' }
  | { readonly state: 'broken'; readonly problem: string; readonly cure: string };

/** Reads a text file in UTF-8, with or without a byte order mark. Never throws, never waits for a pipe. */
export function readTextFile(path: string): FileReading {
  try {
    const kind = statSync(path);
    if (kind.isDirectory()) return broken('is a folder', 'give the path of a file');
    if (!kind.isFile()) return broken('is no regular file', 'give the path of a file');
    return textOf(bytesOf(path));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { state: 'missing' };
    if (code === 'EACCES' || code === 'EPERM') {
      return broken(`may not be read (${code})`, 'give the user that runs this program the right to read it');
    }
    return broken(`cannot be read (${code ?? message})`, 'correct its path');
  }
}

/** At most one byte more than allowed. */
function bytesOf(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    // By what is there and not by what was announced: files of /proc say 0.
    const announcedBytes = Math.min(fstatSync(file).size, MAX_FILE_BYTES);
    const buffer = Buffer.alloc(Math.max(announcedBytes + 1, 65_536));
    let sizeBytes = 0;
    for (let got = -1; got !== 0 && sizeBytes < buffer.length; sizeBytes += got) {
      got = readSync(file, buffer, sizeBytes, buffer.length - sizeBytes, null);
    }
    return buffer.subarray(0, sizeBytes);
  } finally {
    closeSync(file);
  }
}

function textOf(bytes: Buffer): FileReading {
  if (bytes.length > MAX_FILE_BYTES) {
    return broken(
      `is larger than ${MAX_FILE_BYTES} bytes`,
      'a configuration is short: is it the right file?',
    );
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return { state: 'read', text };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  return broken('is not a text in UTF-8', 'save it as UTF-8, or give the path of the right file');
}

function broken(problem: string, cure: string): FileReading {
  return { state: 'broken', problem, cure };
}
