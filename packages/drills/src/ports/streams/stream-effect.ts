import type { Effect } from '../call.ts';
import { breakStream, type ChunkEffect, type StreamAnswer } from './broken-stream.ts';

/** An effect on the chunks of the stream that a method answers. */
export function streamEffect(name: string, chunks: ChunkEffect): Effect<never, StreamAnswer> {
  return { name, begin: () => (call) => breakStream(call.proceed(), chunks, call) as never };
}
