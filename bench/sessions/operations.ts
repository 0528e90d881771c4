import type { SessionKey } from '@sustain/sessions';
import { ABSENT, type Guard, type WriteOptions } from '@sustain/stores';
import type { BenchFigure } from '../bench-case.ts';
import { inTurns } from '../in-turns.ts';
import { IN_FLIGHT } from '../stores/in-flight.ts';
import { APP, conversations, message, STATE, userOf } from './conversations.ts';
import { clients, TURNS, usEach } from './in-flight.ts';
import type { PrimaryName } from './primaries.ts';
import { atStand, type Stand } from './stand.ts';

/**
 * Microseconds a creation, of 64 clients, beside a store that is given entries of the same size and keys of the same
 * length: of sessions whose ids the manager makes (`store`), and of those whose ids the caller gives (`store-given-id`);
 * those also beside a store that is given an operation id with each, as the manager gives it (`store-operation-id`).
 */
export function createBench(place: PrimaryName): Promise<BenchFigure[]> {
  return atStand(place, async ({ sessions, primary, raw }) => {
    await sessions.createSession({ appName: APP, userId: userOf(0), state: STATE });
    const head = await firstOf(primary, 'sessions/head/');
    let made = 0;
    const begin = { appName: APP, state: STATE };
    const ours = clients(() => sessions.createSession({ ...begin, userId: userOf(made++) }));
    const given = clients(() => {
      const at = made++;
      return sessions.createSession({ ...begin, userId: userOf(at), sessionId: hex(at) });
    });
    const add = (options?: WriteOptions) => {
      const at = made++;
      return added(raw.compareAndSet(`sessions/head/${APP}/${userOf(at)}/${hex(at)}`, ABSENT, head, options));
    };
    const theirs = clients(() => add());
    const byOperation = clients(() => add({ operationId: `fallback/bench/${hex(made)}` }));
    const turns = await inTurns({ ours, given, theirs, byOperation }, TURNS);
    const rivalValue = usEach(turns.theirs);
    const value = usEach(turns.given);
    return [
      { value: usEach(turns.ours), rival: 'store', rivalValue },
      { value, rival: 'store-given-id', rivalValue },
      { value, rival: 'store-operation-id', rivalValue: usEach(turns.byOperation) },
    ];
  });
}

/**
 * Microseconds an event, of 64 clients with a session each, beside a store that is given the same records (`store`); and the
 * same under the guard that a session's head is as it was, as the manager writes them (`store-guarded`).
 */
export function appendBench(place: PrimaryName): Promise<BenchFigure[]> {
  return atStand(place, async ({ sessions, primary, raw }) => {
    const keys = await conversations(sessions, IN_FLIGHT, 1);
    const record = await firstOf(primary, 'sessions/log/');
    let told = 0;
    const ours = clients((at) => sessions.appendEvent(keys[at] as SessionKey, { event: message(++told) }));
    const guards: Guard[] = [];
    for (const { appName, userId, sessionId } of keys) {
      const key = `sessions/head/${appName}/${userId}/${sessionId}`;
      guards.push({ key, revision: await raw.set(key, record) });
    }
    let written = 0;
    const add = (at: number, guard?: Guard) => {
      const key = `sessions/log/${hex(at)}/${`${++written}`.padStart(10, '0')}`;
      return added(raw.compareAndSet(key, ABSENT, record, { guard }));
    };
    const theirs = clients((at) => add(at));
    const guarded = clients((at) => add(at, guards[at]));
    const turns = await inTurns({ ours, theirs, guarded }, TURNS);
    const value = usEach(turns.ours);
    return [
      { value, rival: 'store', rivalValue: usEach(turns.theirs) },
      { value, rival: 'store-guarded', rivalValue: usEach(turns.guarded) },
    ];
  });
}

/**
 * Microseconds a session of ten events, of 64 clients, beside a store that is asked for an entry of the same size; and,
 * as `store-forgotten`, of sessions that the manager no longer has in memory, beside the two questions that they take.
 */
export async function getBench(place: PrimaryName): Promise<BenchFigure[]> {
  return [await keptBench(place), await forgottenBench(place)];
}

function keptBench(place: PrimaryName): Promise<BenchFigure> {
  return atStand(place, async ({ sessions, raw }) => {
    const keys = await conversations(sessions, SESSIONS, EVENTS);
    const [first] = keys as [SessionKey];
    const whole = await sessions.getSession(first);
    for (const { sessionId } of keys) await raw.set(`sessions/${sessionId}`, whole);
    let read = 0;
    const next = () => keys[read++ % SESSIONS] as SessionKey;
    const ours = clients(() => sessions.getSession(next()));
    const theirs = clients(() => raw.get(`sessions/${next().sessionId}`));
    const turns = await inTurns({ ours, theirs }, TURNS);
    return { value: usEach(turns.ours), rival: 'store', rivalValue: usEach(turns.theirs) };
  });
}

function forgottenBench(place: PrimaryName): Promise<BenchFigure> {
  const work = async ({ sessions, primary }: Stand): Promise<BenchFigure> => {
    const keys = await conversations(sessions, SESSIONS, EVENTS);
    const heads = await primary.list<{ incarnation: string }>('sessions/head/', { limit: SESSIONS });
    let read = 0;
    const ours = clients(() => sessions.getSession(keys[read++ % SESSIONS] as SessionKey));
    const theirs = clients(async () => {
      const head = heads.entries[read++ % SESSIONS];
      await primary.get(head?.key as string);
      await primary.list(`sessions/log/${head?.value.incarnation}/`, { limit: 1000 });
    });
    const turns = await inTurns({ ours, theirs }, TURNS);
    return { value: usEach(turns.ours), rival: 'store-forgotten', rivalValue: usEach(turns.theirs) };
  };
  return atStand(place, work, { maxSessionsInMemory: 1 });
}

async function firstOf(primary: Stand['primary'], prefix: string): Promise<unknown> {
  const { entries } = await primary.list(prefix, { limit: 1 });
  if (entries[0] === undefined) throw new Error(`the manager writes nothing under ${prefix}`);
  return entries[0].value;
}

async function added(written: Promise<{ readonly ok: boolean }>): Promise<void> {
  if (!(await written).ok) throw new Error('nobody else writes');
}

/** As long as the ids that the manager makes. */
function hex(at: number): string {
  return at.toString(16).padStart(32, '0');
}

const SESSIONS = 200;
const EVENTS = 10;
