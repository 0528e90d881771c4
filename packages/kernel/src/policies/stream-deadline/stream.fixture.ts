import type { SimulatedClock } from '../../time/index.ts';
import { type Attempt, streamDeadline } from '../index.ts';

export const flaky = new Error('flaky');
export const isSpeech = { isUseful: (chunk: string) => chunk !== '' };

/** What comes, and when: a chunk, a time to wait, an error to fail of, or a source that hangs. */
export type Part = string | number | Error | 'hangs!';

/** Sources on simulated time, the next one for each attempt, and what became of them. */
export function sources(clock: SimulatedClock, ...scripts: readonly (readonly Part[])[]) {
  const opened: Attempt[] = [];
  const closed: number[] = [];
  const work = async function* (attempt: Attempt): AsyncGenerator<string> {
    const index = opened.push(attempt) - 1;
    try {
      for (const part of scripts[index % scripts.length] as readonly Part[]) {
        if (part === 'hangs!') await new Promise(() => undefined);
        else if (typeof part === 'number') await clock.sleep(part, { signal: attempt.signal });
        else if (part instanceof Error) throw part;
        else yield part;
      }
    } finally {
      closed.push(index);
    }
  };
  return { work, opened, closed };
}

/** What a consumer hears, when, and how it ends. */
export async function hear(
  clock: SimulatedClock,
  chunks: AsyncIterable<string>,
  takesMs = 0,
): Promise<string[]> {
  const heard: string[] = [];
  const note = (what: string) => heard.push(`${clock.monotonicMs()} ${what}`);
  const all = (async () => {
    for await (const chunk of chunks) {
      note(chunk);
      if (takesMs > 0) await clock.sleep(takesMs);
    }
    return 'end';
  })();
  note(await clock.run(all).catch((error: Error) => error.message));
  return heard;
}

export const deadlines = streamDeadline({ connectMs: 100, firstChunkMs: 500, stallMs: 200, totalMs: 60_000 });
