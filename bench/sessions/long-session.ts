import type { Session } from '@google/adk';
import type { SessionKey, SessionManager } from '@sustain/sessions';
import type { BenchFigure } from '../bench-case.ts';
import { inTurns } from '../in-turns.ts';
import { adkEvent, adkSessions } from './adk-sessions.ts';
import { conversations, message } from './conversations.ts';
import { atStand } from './stand.ts';

/**
 * Microseconds an event of one client, one after the other, in a session of 10,000 events on PostgreSQL, beside
 *
 * - `on-10-events`: in sessions of ten;
 * - `adk-one-caller`: ADK's database service, whose caller is the only one and keeps the session's 10,000 events;
 * - `adk-two-callers`: ADK's, where two callers take turns, so that each finds that its copy is old;
 * - `adk-one-caller-on-10-events`, of ours and of ADK's in sessions of ten.
 */
export function longSessionBesideAdk(): Promise<BenchFigure[]> {
  return atStand('postgres', async ({ sessions, url }) => {
    const adk = await adkSessions(url as string);
    try {
      const alone = await adk.conversation(LONG, 1);
      const inTwo = await adk.conversation(LONG, 2);
      const short: Session[] = [];
      for (let of = 0; of < SHORT_ONES; of++) short.push(...(await adk.conversation(SHORT, 1)));
      let at = 0;
      const theirs = (callers: readonly Session[]) => () => {
        const event = adkEvent(++at);
        return adk.service.appendEvent({ session: callers[at % callers.length] as Session, event });
      };
      const turns = await inTurns(
        {
          ...(await ours(sessions)),
          alone: theirs(alone),
          inTwo: theirs(inTwo),
          alone10: theirs(short),
        },
        { rounds: 11, turnMs: 40 },
      );
      const value = turns.long / 1000;
      return [
        { value, rival: 'on-10-events', rivalValue: turns.short / 1000 },
        { value, rival: 'adk-one-caller', rivalValue: turns.alone / 1000 },
        { value, rival: 'adk-two-callers', rivalValue: turns.inTwo / 1000 },
        {
          ...{ value: turns.short / 1000, rival: 'adk-one-caller-on-10-events' },
          rivalValue: turns.alone10 / 1000,
        },
      ];
    } finally {
      await adk.close();
    }
  });
}

/** Ours alone, on SQLite, where less of it is waiting for a server. */
export function longSession(): Promise<BenchFigure> {
  return atStand('sqlite', async ({ sessions }) => {
    const turns = await inTurns(await ours(sessions), { rounds: 41, turnMs: 10 });
    return { value: turns.long / 1000, rival: 'on-10-events', rivalValue: turns.short / 1000 };
  });
}

async function ours(sessions: SessionManager) {
  const long = await conversations(sessions, 1, LONG);
  const short = await conversations(sessions, SHORT_ONES, SHORT);
  let at = LONG;
  const appending = (keys: readonly SessionKey[]) => () => {
    const event = message(++at);
    return sessions.appendEvent(keys[at % keys.length] as SessionKey, { event });
  };
  return { long: appending(long), short: appending(short) };
}

const LONG = 10_000;
const SHORT = 10;
/** So many that none grows much while it is measured. */
const SHORT_ONES = 100;
