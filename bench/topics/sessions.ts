import type { BenchCase } from '../bench-case.ts';
import { lockUncontended } from '../policies/lock.ts';
import { listHeap, listPages } from '../sessions/list.ts';
import { longSession, longSessionBesideAdk } from '../sessions/long-session.ts';
import { sessionBytes } from '../sessions/memory.ts';
import { appendBench, createBench, getBench } from '../sessions/operations.ts';

const cost = { unit: 'µs/operation', better: 'lower' } as const;

export const cases: readonly BenchCase[] = [
  ...(['sqlite', 'redis', 'postgres'] as const).flatMap((place): BenchCase[] => [
    { name: `create-session-${place}`, ...cost, run: () => createBench(place) },
    { name: `get-session-${place}`, ...cost, run: () => getBench(place) },
    { name: `append-event-${place}`, ...cost, run: () => appendBench(place) },
  ]),
  { name: 'append-event-10k', ...cost, run: longSessionBesideAdk },
  { name: 'append-event-10k-sqlite', ...cost, run: longSession },
  { name: 'list-1m', unit: 'pages/s', better: 'higher', run: () => listPages(1_000_000) },
  { name: 'list-1m-heap', unit: 'MiB', better: 'lower', run: () => listHeap(1_000_000) },
  { name: 'list-20k-heap', unit: 'MiB', better: 'lower', run: () => listHeap(20_000) },
  { name: 'memory-per-session', unit: 'bytes/session', better: 'lower', run: sessionBytes },
  { name: 'lock', unit: 'ns/call', better: 'lower', run: lockUncontended },
];
