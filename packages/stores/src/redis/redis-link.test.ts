import { systemClock } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import { checkServerOptions, serverAddress } from '../server/index.ts';
import { redisAddress } from './redis-client.ts';
import { RedisLink } from './redis-link.ts';

const url = process.env['REDIS_URL'];

describe.skipIf(url === undefined && process.env['CI'] === undefined)('a link', () => {
  it('that is closed in the moment in which it has connected stays closed', async () => {
    for (let turns = 0; turns < 12; turns++) {
      const closed = Promise.withResolvers<void>();
      const link: RedisLink = new RedisLink({
        store: 'redis',
        address: redisAddress('redis', serverAddress('redis', url as string, ['redis:'])),
        settled: checkServerOptions({ url: url as string, commandTimeoutMs: 20_000 }),
        clock: systemClock,
        prepare: async () => {
          void (async () => {
            for (let turn = 0; turn < turns; turn++) await undefined;
            link.close().then(closed.resolve, closed.reject);
          })();
        },
      });
      await link.connected().catch(() => undefined);
      await closed.promise;
      expect({ turns, ...link.state }).toEqual({ turns, state: 'closed' });
    }
  });
});
