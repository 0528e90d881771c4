import { seededRandom, systemClock } from '@sustain/kernel';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { ChangeListener } from './change-listener.ts';
import { freshSchema, url } from './fresh-schema.fixture.ts';
import { openConnection } from './open-connection.ts';
import { channel, statements } from './statements.ts';

describe.skipIf(url === undefined)('a listener', () => {
  it('whose connection is lost in the moment in which it begins listens again', async () => {
    const { schema, store, dispose } = await freshSchema();
    await store.set('before', 1);
    const aborting = new AbortController();
    let opened = 0;
    const listener = new ChangeListener({
      clock: systemClock,
      random: seededRandom(1),
      maxReconnectMs: 100,
      look: statements(schema).look,
      channel: channel(schema),
      open: async () => {
        const connection = await openConnection(pg, {
          store: 'heard',
          url: url as string,
          schema,
          durability: 'power-loss',
          connectTimeoutMs: 5000,
          commandTimeoutMs: 15_000,
          clock: systemClock,
          signal: aborting.signal,
        });
        if (opened++ > 0) return connection;
        // The farewell of the server comes with the last answer.
        const rows = connection.rows.bind(connection);
        connection.rows = async (statement, ...rest) => {
          const answer = await rows(statement, ...rest);
          if (statement.text.includes('pg_current_snapshot')) connection.discard();
          return answer as never;
        };
        return connection;
      },
    });
    const heard = Promise.withResolvers<string>();
    await listener.subscribe({ changed: heard.resolve, missed: () => heard.resolve('missed') });
    expect(await heard.promise).toBe('missed');
    expect(opened).toBe(2);
    await listener.close();
    await store.close();
    await dispose();
  });
});
