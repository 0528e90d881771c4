import type { Writable } from 'node:stream';

/** Writes some text, or drops it. */
export type Print = (text: string) => void;

/**
 * Prints to a stream that may be slow or gone: what it does not take is dropped, and a reader that went away (a
 * closed pipe) is no reason to stop playing. How much was dropped is said when the stream takes text again.
 */
export function printTo(output: Writable): Print {
  let dropped = 0;
  output.on('error', () => {
    dropped++;
  });
  return (text) => {
    if (output.writableNeedDrain || output.errored !== null || output.destroyed) {
      dropped++;
      return;
    }
    if (dropped > 0) output.write(`(${dropped} lines could not be written)\n`);
    dropped = 0;
    output.write(text);
  };
}
