import { auralisFaults } from '../faults.ts';
import { shown } from '../shown.ts';
import { RING_MS } from './broadcast.ts';

/** What a listener says of itself when it comes, in the query of the address. Who says nothing is a newcomer. */
export interface Hello {
  /** The token of an earlier `welcome`: the listener comes back. */
  readonly token?: string;
  /** The epoch of the last frame that it got. */
  readonly epoch?: number;
  /** The sequence of that frame. */
  readonly lastSeq?: number;
  /** How much audio it wants at once, in milliseconds, 0 to 10,000. */
  readonly bufferMs?: number;
  /** Whether it is told in a message that the stream is full, as browsers hide an answer of 503 from pages. */
  readonly tellsFull: boolean;
}

/** Reads the query of `ws /auralis/stream`. Fields that are not known are ignored. Throws INVALID_HELLO. */
export function parseHello(url: string): Hello {
  const query = new URLSearchParams(url.split('?').slice(1).join('?'));
  const read = <T>(field: string, allowed: string, of: (text: string) => T | undefined): T | undefined => {
    const texts = query.getAll(field);
    if (texts.length === 0) return undefined;
    const value = texts.length === 1 ? of(texts[0] as string) : undefined;
    if (value === undefined) {
      throw auralisFaults.INVALID_HELLO({ field, got: shown(texts.join(', '), 80), allowed });
    }
    return value;
  };
  const token = read('resume', 'the token of a welcome', (text) =>
    /^[\w-]{1,64}$/.test(text) ? text : undefined,
  );
  const epoch = read('epoch', 'an unsigned 32-bit number', wholeUpTo(2 ** 32 - 1));
  const lastSeq = read('lastSeq', 'an unsigned 32-bit number', wholeUpTo(2 ** 32 - 1));
  const bufferMs = read('bufferMs', `0 to ${RING_MS}`, wholeUpTo(RING_MS));
  const full = read('full', '"tell"', (text) => (text === 'tell' ? text : undefined));
  return {
    ...(token !== undefined && { token }),
    ...(epoch !== undefined && { epoch }),
    ...(lastSeq !== undefined && { lastSeq }),
    ...(bufferMs !== undefined && { bufferMs }),
    tellsFull: full !== undefined,
  };
}

function wholeUpTo(most: number): (text: string) => number | undefined {
  return (text) => (/^\d{1,10}$/.test(text) && Number(text) <= most ? Number(text) : undefined);
}
