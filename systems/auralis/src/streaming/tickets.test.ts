import { SimulatedClock } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { Tickets } from './tickets.ts';

test('who left is known for 120 s, again and again, and then no more', async () => {
  const clock = new SimulatedClock();
  const tickets = new Tickets({ clock });
  const ticket = tickets.issue();
  for (let visit = 0; visit < 3; visit++) {
    expect(tickets.claim(ticket.token)).toBe(ticket);
    await clock.advance(600_000);
    tickets.leave(ticket);
    await clock.advance(119_999);
  }
  expect(tickets.claim(ticket.token)).toBe(ticket);
  tickets.leave(ticket);
  await clock.advance(120_000);
  expect(tickets.claim(ticket.token)).toBeUndefined();
  expect(tickets.size).toBe(0);
});

test('tokens cannot be guessed, and one that was never issued is not known', () => {
  const tickets = new Tickets({ clock: new SimulatedClock() });
  const tokens = new Set(Array.from({ length: 1000 }, () => tickets.issue().token));
  expect(tokens.size).toBe(1000);
  for (const token of tokens) expect(token).toMatch(/^[\w-]{22}$/);
  for (const token of ['', '__proto__', 'constructor']) expect(tickets.claim(token)).toBeUndefined();
});

test('of many that came and left it remembers the last ones only', () => {
  const tickets = new Tickets({ clock: new SimulatedClock(), mostLeft: 100 });
  const stays = tickets.issue();
  const all = Array.from({ length: 1000 }, () => {
    const ticket = tickets.issue();
    tickets.leave(ticket);
    return ticket;
  });
  expect(tickets.size).toBe(101);
  expect(tickets.claim((all[899] as { token: string }).token)).toBeUndefined();
  expect(tickets.claim((all[900] as { token: string }).token)).toBe(all[900]);
  expect(tickets.claim(stays.token)).toBe(stays);
});
