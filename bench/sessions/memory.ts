import type { BenchFigure } from '../bench-case.ts';
import { conversations } from './conversations.ts';
import { heapUsedBytes } from './heap.ts';
import { atStand } from './stand.ts';

/** What a session of ten events takes that the manager keeps in memory, with what its fallback knows of it: bytes of heap. */
export function sessionBytes(): Promise<BenchFigure> {
  return atStand(
    'sqlite',
    async ({ sessions }) => {
      await conversations(sessions, WARM_UP, EVENTS);
      const beforeBytes = heapUsedBytes();
      await conversations(sessions, SESSIONS, EVENTS);
      return { value: (heapUsedBytes() - beforeBytes) / SESSIONS };
    },
    // What it knows of keys is bounded apart from that; here each is a record of a session.
    { fallback: { maxKnownEntries: (SESSIONS + WARM_UP) * (EVENTS + 1) } },
  );
}

const WARM_UP = 200;
const SESSIONS = 4000;
const EVENTS = 10;
