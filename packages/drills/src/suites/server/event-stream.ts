import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { Refused } from './asking.ts';

/** An open `/api/signals`. */
export interface EventStream {
  /** Resolves when this text has come, or had; rejects when the stream ends before. */
  heard(text: string): Promise<void>;
  close(): void;
}

/** Opens one; `reads: false` takes nothing of what comes. Rejects with Refused. */
export async function openStream(
  url: string,
  headers: Readonly<Record<string, string>>,
  { reads = true }: { readonly reads?: boolean } = {},
): Promise<EventStream> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const asked = request(`${url}/api/signals`, { headers, agent: false });
  asked.once('response', resolve).on('error', reject).end();
  const response = await promise;
  const status = response.statusCode ?? 0;
  if (status !== 200) throw new Refused({ status, headers: response.headers, body: await text(response) });
  let last = '';
  let ended = false;
  const waiting = new Set<() => void>();
  const look = () => {
    for (const wake of waiting) wake();
  };
  response.once('close', () => {
    ended = true;
    look();
  });
  response.on('error', look); // cut: its close says so
  if (reads) {
    response.setEncoding('utf8').on('data', (piece: string) => {
      last = (last + piece).slice(-MOST_KEPT);
      look();
    });
  }
  return {
    async heard(wanted) {
      while (!last.includes(wanted)) {
        if (ended) throw new Error(`the stream ended without ${wanted}`);
        const woken = Promise.withResolvers<void>();
        waiting.add(woken.resolve);
        await woken.promise.finally(() => waiting.delete(woken.resolve));
      }
    },
    close: () => asked.destroy(),
  };
}

const MOST_KEPT = 100_000;
