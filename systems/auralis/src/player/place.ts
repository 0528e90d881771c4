import type { Frame } from '@sustain/audio';

/** Where a player is in the stream, by which it goes on there after a loss: `PROTOCOL.md`, "Coming back". */
export class Place {
  #token: string | undefined;
  #epoch: number | undefined;
  #lastSeq: number | undefined;

  /** The server let it in, under this token. */
  welcomed(token: string | undefined): void {
    this.#token = token;
  }

  got({ epoch, sequence }: Pick<Frame, 'epoch' | 'sequence'>): void {
    this.#epoch = epoch;
    this.#lastSeq = sequence;
  }

  /** The address of the stream for who is here, and wants `bufferMs` of audio at once. */
  addressFrom(url: string, bufferMs?: number): string {
    const address = new URL(url);
    const query = address.searchParams;
    query.set('full', 'tell');
    if (this.#token === undefined) return address.href;
    query.set('resume', this.#token);
    if (this.#epoch !== undefined) query.set('epoch', String(this.#epoch));
    if (this.#lastSeq !== undefined) query.set('lastSeq', String(this.#lastSeq));
    if (bufferMs !== undefined) query.set('bufferMs', String(Math.min(Math.round(bufferMs), MOST_BUFFER_MS)));
    return address.href;
  }
}

/** What a server keeps. */
const MOST_BUFFER_MS = 10_000;
