import { Signals, SimulatedClock } from '@sustain/kernel';
import { createLogging, type LogEntry, logSignals } from '@sustain/ops/log';
import { expect, test } from 'vitest';
import { auralisFaults } from './faults.ts';
import { listenerLines } from './listener-lines.ts';
import {
  framesDropped,
  listenerHeard,
  listenerJoined,
  listenerLeft,
  listenerRefused,
  listenerResumed,
  listenerShed,
  listenerUntold,
} from './signals.ts';

test('S2-39, S2-40: who comes and goes is told at INFO, what goes wrong at WARNING, what is heard not at all', () => {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const entries: LogEntry[] = [];
  const stream = { write: (line: string) => entries.push(JSON.parse(line)) };
  const logging = createLogging({ level: 'DEBUG', outputs: [{ console: 'json', stream }], clock });
  logSignals(signals, logging, { clock, lines: listenerLines });
  entries.length = 0;
  const origin = { source: 'auralis' };
  signals.channel(listenerJoined).emit({ listeners: 3 }, origin);
  signals.channel(listenerLeft).emit({ listeners: 2, closeCode: 1001, listenedMs: 61_250 }, origin);
  signals.channel(listenerResumed).emit({ how: 'replayed', missedMs: 320 }, origin);
  signals.channel(listenerResumed).emit({ how: 'jumped', missedMs: 2160 }, origin);
  signals.channel(listenerShed).emit({ reason: 'no answer to pings' }, origin);
  signals.channel(framesDropped).emit({ frames: 20, droppedMs: 800 }, origin);
  signals.channel(listenerHeard).emit({ goodMs: 1000, badMs: 0, underruns: 0 }, origin);
  signals.channel(listenerUntold).emit({ code: 'TIMED_OUT' }, origin);
  signals.channel(listenerUntold).emit({ code: 'CONNECTION_LOST' }, origin);
  const fault = auralisFaults.TOO_MANY_LISTENERS({ maxListeners: 10, retryAfterMs: 5000 });
  signals.channel(listenerRefused).emit({ fault }, origin);
  expect(entries.map(({ level, message }) => `${level} ${message}`)).toEqual([
    'INFO a listener came, 3 listen',
    'INFO a listener left after 61.3 s (close code 1001), 2 listen',
    'INFO a listener came back, and gets the 0.3 s that it missed',
    'INFO a listener came back, and goes on after a gap of 2.2 s',
    'INFO a listener was sent away: no answer to pings',
    'WARNING 0.8 s of audio were left out for a listener that does not keep up',
    'WARNING a message did not reach a listener: TIMED_OUT',
    'DEBUG a message did not reach a listener: CONNECTION_LOST',
    'WARNING auralis.listener.refused: 10 listeners are here already; try again later',
  ]);
});
