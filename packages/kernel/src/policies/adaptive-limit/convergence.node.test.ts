import { describe, expect, test } from 'vitest';
import { bulkhead } from '../bulkhead/index.ts';
import { timeout } from '../timeout/index.ts';
import { aimd, gradient2 } from './index.ts';
import { load } from './server.fixture.ts';

/** Many more clients than the server can serve. */
const MANY = 100;

describe('gradient2', { timeout: 120_000 }, () => {
  test('finds what a server can take, and follows when that halves and doubles', async () => {
    const algorithm = gradient2({ tolerance: 1.1, queueSize: 2 });
    const { server, run } = load({ algorithm, minLimit: 1 }, 20);
    await run(MANY, 20);
    const servedBefore = server.served;
    expectBetween(await run(MANY, 40), 20, 30);
    expectBetween(server.served - servedBefore, 40 * 195, 40 * 200 + 30); // All that it can do.
    server.capacity = 10;
    await run(MANY, 30);
    expectBetween(await run(MANY, 20), 10, 18);
    server.capacity = 20;
    await run(MANY, 30);
    expectBetween(await run(MANY, 20), 20, 32);
  });

  test('with the published parameters settles at about twice what a server can take', async () => {
    const { server, run } = load({ algorithm: gradient2() }, 20);
    await run(MANY, 30);
    expectBetween(await run(MANY, 20), 30, 45);
    server.capacity = 40;
    await run(MANY, 40);
    expectBetween(await run(MANY, 10), 55, 90);
  });

  test('keeps its limit when there is little to do, or nothing', async () => {
    const { subject, clock, run } = load({ algorithm: gradient2(), minLimit: 1 }, 20);
    await run(MANY, 30);
    const { limit } = subject.state;
    await run(3, 60);
    await clock.advance(3_600_000);
    expectBetween(subject.state.limit, limit * 0.9, limit * 1.1);
    expect(subject.state.active).toBeLessThanOrEqual(4);
  });
});

describe('aimd', { timeout: 120_000 }, () => {
  test('finds what a server takes that refuses when it is full, and follows when that halves and doubles', async () => {
    const room = bulkhead({ name: 'server', limit: 20 });
    const { subject, server, run } = load({ algorithm: aimd(), minLimit: 1 }, 20, [room]);
    await run(MANY, 10);
    const servedBefore = server.served;
    expectBetween(await run(MANY, 10), 15, 22);
    expectBetween(server.served - servedBefore, 10 * 150, 10 * 200);
    room.setLimit(10);
    await run(MANY, 5);
    expectBetween(await run(MANY, 10), 7, 12);
    room.setLimit(40);
    await run(MANY, 5);
    expectBetween(await run(MANY, 10), 28, 42);
    const { limit } = subject.state;
    await run(1, 60);
    expect(subject.state.limit).toBeGreaterThanOrEqual(limit);
  });

  test('finds what a server takes that becomes too slow', async () => {
    const { run } = load({ algorithm: aimd(), minLimit: 1 }, 20, [timeout(150)]);
    await run(MANY, 10);
    expectBetween(await run(MANY, 10), 10, 20);
  });
});

function expectBetween(value: number, least: number, most: number): void {
  expect(value).toBeGreaterThanOrEqual(least);
  expect(value).toBeLessThanOrEqual(most);
}
