import type { GapDocument } from '../schemas/index.ts';
import { eventId, type Resume, resumeAfter } from './resume.ts';
import type { SignalFilter } from './signal-filter.ts';
import type { SignalHistory } from './signal-history.ts';

export interface SignalReaderOptions {
  readonly history: SignalHistory;
  readonly filter: SignalFilter;
  /** What the reader has seen last, if anything: `Last-Event-ID`. */
  readonly lastId?: string | undefined;
}

/** What a reader has been told so far. */
export interface SignalReaderCounts {
  readonly sent: number;
  /** Signals that it can no longer be told, of all kinds and sources. */
  readonly missed: number;
  readonly gaps: number;
}

/**
 * One reader's place in the history, and the text of server-sent events from there on. It holds a number and no events:
 * who reads too slowly is overtaken by the ring, and is told so. Every signal that the filter lets through comes once and
 * in order, or is counted in a gap.
 */
export class SignalReader {
  readonly counts: { -readonly [Name in keyof SignalReaderCounts]: SignalReaderCounts[Name] } = {
    sent: 0,
    missed: 0,
    gaps: 0,
  };
  readonly resume: Resume;
  readonly #history: SignalHistory;
  readonly #filter: SignalFilter;
  /** The number of the last signal that it was told or does not want. */
  #seen: number;
  /** The same, as far as the client knows it. */
  #toldId: number;
  #begun = false;

  constructor({ history, filter, lastId }: SignalReaderOptions) {
    this.#history = history;
    this.#filter = filter;
    this.resume = resumeAfter(lastId, history);
    this.#seen = this.resume.after;
    this.#toldId = this.resume.after;
  }

  /** The next events, about `mostCharacters` of them; empty when there are none yet. Looks at 1000 signals at most. */
  next(mostCharacters: number): string {
    let text = '';
    if (!this.#begun) {
      this.#begun = true;
      // The id alone is no event, and makes the client resume from here.
      text += this.resume.gap ? this.#gap(this.resume.gap) : `${this.#idLine()}\n`;
    }
    const history = this.#history;
    const missed = history.oldest - 1 - this.#seen;
    if (missed > 0) {
      this.#seen += missed;
      text += this.#gap({ reason: 'lagged', missed });
    }
    const last = Math.min(history.latest, this.#seen + MOST_LOOKED_AT);
    while (this.#seen < last && text.length < mostCharacters) {
      this.#seen++;
      if (!this.#filter(history.originOf(this.#seen))) continue;
      text += `${this.#idLine()}data: ${history.jsonOf(this.#seen)}\n\n`;
      this.counts.sent++;
    }
    // Else who wants little would come back with an id that is too old.
    if (this.#seen - this.#toldId >= history.capacity / 4) text += `${this.#idLine()}\n`;
    return text;
  }

  /** Whether there is more to look at. */
  get behind(): boolean {
    return !this.#begun || this.#seen < this.#history.latest;
  }

  /** A comment, with the id of what has been looked at. */
  heartbeat(): string {
    // Before the beginning has been told, the id would hide the gap that it may tell.
    return `: heartbeat\n${this.#begun ? this.#idLine() : ''}\n`;
  }

  #gap(gap: GapDocument): string {
    this.counts.gaps++;
    this.counts.missed += gap.missed ?? 0;
    return `${this.#idLine()}event: gap\ndata: ${JSON.stringify(gap)}\n\n`;
  }

  #idLine(): string {
    this.#toldId = this.#seen;
    return `id: ${eventId(this.#history.epoch, this.#seen)}\n`;
  }
}

const MOST_LOOKED_AT = 1000;
