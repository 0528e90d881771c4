import { ABSENT, type Store } from '@sustain/stores';
import type { BenchFigure } from '../bench-case.ts';
import { APP, STATE } from './conversations.ts';
import { heapUsedBytes } from './heap.ts';
import { atStand, type Stand } from './stand.ts';

/**
 * Sessions listed by pages of 1000, on SQLite, a second: beside the bare store, which reads the same entries in turn with
 * it (`store`), and the last tenth of the pages beside the first (`first-tenth`).
 */
export function listPages(count: number): Promise<BenchFigure[]> {
  return listing(count, async ({ sessions, primary }) => {
    const ours: number[] = [];
    const theirs: number[] = [];
    let listed = 0;
    for (let after: string | undefined, from: string | undefined, more = true; more; ) {
      const start = process.hrtime.bigint();
      const page = await sessions.listSessions({ appName: APP, after, limit: PAGE });
      const between = process.hrtime.bigint();
      const raw = await primary.list(`${HEADS}${APP}/`, { after: from, limit: PAGE });
      theirs.push(Number(process.hrtime.bigint() - between));
      ours.push(Number(between - start));
      listed += page.sessions.length;
      after = page.next;
      from = raw.next;
      more = after !== undefined;
    }
    if (listed !== count) throw new Error(`${listed} of ${count} sessions were listed`);
    const tenth = Math.ceil(ours.length / 10);
    return [
      { value: rate(ours), rival: 'store', rivalValue: rate(theirs) },
      { value: rate(ours.slice(-tenth)), rival: 'first-tenth', rivalValue: rate(ours.slice(0, tenth)) },
    ];
  });
}

/**
 * MiB of memory in use at the end of the list, beside that when 20 pages have been listed and the bounded memory of the
 * fallback is full (`after-20-pages`), in the middle, and before the first page.
 */
export function listHeap(count: number): Promise<BenchFigure[]> {
  return listing(count, async ({ sessions }) => {
    const samples = new Map([['before', inUseMib()]]);
    const middle = Math.floor(count / PAGE / 2);
    let pages = 0;
    for (let after: string | undefined, more = true; more; ) {
      const page = await sessions.listSessions({ appName: APP, after, limit: PAGE });
      after = page.next;
      more = after !== undefined;
      pages++;
      if (pages === BEGINNING) samples.set('after-20-pages', inUseMib());
      if (pages === middle) samples.set('middle', inUseMib());
    }
    const value = inUseMib();
    return Array.from(samples, ([rival, rivalValue]) => ({ value, rival, rivalValue }));
  });
}

/** A stand with so many sessions, all but the first by its entry: what is listed is what the manager writes. */
function listing(count: number, work: (stand: Stand) => Promise<BenchFigure[]>): Promise<BenchFigure[]> {
  return atStand('sqlite', async (stand) => {
    await stand.sessions.createSession({ appName: APP, userId: userOf(0), sessionId: idOf(0), state: STATE });
    const head = (await stand.primary.get<Head>(keyOf(0)))?.value;
    if (head === undefined) throw new Error(`the manager writes no ${keyOf(0)}`);
    for (let from = 1; from < count; from += TOGETHER) {
      const some = Array.from({ length: Math.min(TOGETHER, count - from) }, (_, of) => from + of);
      await Promise.all(some.map((at) => add(stand.primary, head, at)));
    }
    return work(stand);
  });
}

async function add(primary: Store, head: Head, at: number): Promise<void> {
  const key = { ...head.key, userId: userOf(at), sessionId: idOf(at) };
  const { ok } = await primary.compareAndSet(keyOf(at), ABSENT, { ...head, key, incarnation: idOf(at) });
  if (!ok) throw new Error(`${keyOf(at)} is there already`);
}

interface Head {
  readonly key: object;
}

function keyOf(at: number): string {
  return `${HEADS}${APP}/${userOf(at)}/${idOf(at)}`;
}

/** In the order of the list, so that a large table is written quickly. */
function userOf(at: number): string {
  return `user-${`${Math.floor(at / 1000)}`.padStart(4, '0')}`;
}

/** As long as the ids that the manager makes. */
function idOf(at: number): string {
  return at.toString(16).padStart(32, '0');
}

/** Pages a second, by their median. */
function rate(ns: readonly number[]): number {
  return 1e9 / (ns.toSorted((one, other) => one - other)[ns.length >> 1] as number);
}

function inUseMib(): number {
  return heapUsedBytes() / 2 ** 20;
}

const HEADS = 'sessions/head/';
const PAGE = 1000;
const BEGINNING = 20;
const TOGETHER = 1000;
