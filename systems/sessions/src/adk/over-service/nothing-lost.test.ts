import { type Random, SimulatedClock, seededRandom } from '@sustain/kernel';
import { expect, test } from 'vitest';
import type { AdkSession, AdkSessionService } from '../adk-types.ts';
import { type Stand, stand, type Way } from '../breakable.fixture.ts';
import { said, texts } from '../spoken.fixture.ts';

const WAYS: readonly Way[] = ['there', 'there', 'away', 'deaf', 'silent'];
const USERS = ['ana', 'ben', 'cem'];

/** What a client was told. */
interface Told {
  readonly acknowledged: string[];
  /** Events that were refused with an answer that leaves it open. */
  readonly open: Set<string>;
}

/** Talks on in its own session, event after event, with the same handle as a Runner, and reads it anew after a failure. */
async function talk(now: () => Stand, userId: string, random: Random, words: number): Promise<Told> {
  const key = { appName: 'app', userId, sessionId: `of-${userId}` };
  const told: Told = { acknowledged: [], open: new Set() };
  let handle: AdkSession | undefined;
  let service: AdkSessionService | undefined;
  for (let at = 0; at < words; at++) {
    await now().clock.sleep(random.next() * 400);
    if (service !== now().service) handle = undefined; // of a program that was killed
    service = now().service;
    const text = `${userId} ${at}`;
    try {
      handle ??= await service.getOrCreateSession(key);
      await service.appendEvent({ session: handle, event: { ...said(text, { last: at }), id: text } });
      told.acknowledged.push(text);
    } catch (error) {
      const { code } = error as { code?: string };
      if (!/^SESSION_(SERVICE_UNAVAILABLE|OUTCOME_UNKNOWN)$|^SESSIONS_CLOSED$/.test(`${code}`)) throw error;
      told.open.add(text);
      handle = undefined;
    }
  }
  return told;
}

test.each(Array.from({ length: 12 }, (_, seed) => seed))(
  'S4-59, seed %i: whatever breaks, what was acknowledged is there once and in order, without a conflict',
  async (seed) => {
    const random = seededRandom(seed);
    const clock = new SimulatedClock();
    let current = stand({ isShared: seed % 2 === 0, lookTimeoutMs: 200, attemptTimeoutMs: 300 }, clock);
    const chaos = random.fork('chaos');
    let isOver = false;
    const breaking = (async () => {
      while (!isOver) {
        await clock.sleep(chaos.next() * 1500);
        current.link.way = WAYS[Math.floor(chaos.next() * WAYS.length)] as Way;
        if (chaos.next() < 0.15) current = current.restart();
      }
    })();
    const talks = USERS.map((user) => talk(() => current, user, random.fork(user), 40));
    const told = await clock.run(Promise.all(talks));
    isOver = true;
    await clock.run(breaking);
    await current.comeBack();
    expect((await current.service.conflicts()).conflicts).toEqual([]);
    let acknowledged = 0;
    for (const [at, { acknowledged: ours, open }] of told.entries()) {
      const userId = USERS[at] as string;
      const stored = texts(
        await current.link.inner.getSession({ appName: 'app', userId, sessionId: `of-${userId}` }),
      ) as string[];
      expect(stored.filter((text) => !open.has(text))).toEqual(ours);
      expect(new Set(stored).size).toBe(stored.length);
      acknowledged += ours.length;
    }
    expect(acknowledged).toBeGreaterThan(10);
  },
);
