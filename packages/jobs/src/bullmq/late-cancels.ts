import type { JobChannels } from '../job-channels.ts';
import type { JobEnvelope } from './job-reader.ts';
import { CANCEL_REQUESTED, END_LATE } from './job-scripts.ts';
import type { QueueLink } from './queue-link.ts';

/**
 * @internal Ends jobs as cancelled whose attempt BullMQ has ended otherwise after somebody was told that they will be: their
 * handler was ending in that moment. The queue's stream has both, the request first.
 */
export class LateCancels {
  readonly #link: QueueLink;
  readonly #channels: JobChannels;
  /** Jobs that are to end as cancelled, and have not. */
  readonly #requested = new Set<string>();

  constructor(link: QueueLink, channels: JobChannels) {
    this.#link = link;
    this.#channels = channels;
  }

  heard(event: string, id: string): void {
    if (event === CANCEL_REQUESTED) this.#requested.add(id);
    else if (ENDS.has(event) && this.#requested.delete(id) && event !== CANCELLED) void this.#end(id);
  }

  /** Harmless when several do it. Where it fails, one that has ended is told as cancelled all the same. */
  async #end(id: string): Promise<void> {
    const { keepMs, keepCount, name: source } = this.#link.options;
    try {
      const args = [id, this.#link.nowWallMs, keepMs, keepCount];
      const answer = await this.#link.script({ writes: id }, END_LATE, args);
      if (answer === null) return;
      const [reason, data] = answer as [string, string];
      const { operation } = JSON.parse(data) as JobEnvelope;
      this.#channels.cancelled.emit({ id, reason }, { source, operationId: operation.id });
    } catch (error) {
      this.#channels.disturbed.emit({ doing: `end the job ${id} as cancelled`, error }, { source });
    }
  }
}

const CANCELLED = 'sustain:cancelled';
/** What ends an attempt, in the words of the stream. One that only waits again is found cancelled when it begins. */
const ENDS: ReadonlySet<string> = new Set(['completed', 'failed', 'delayed', 'removed', CANCELLED]);
