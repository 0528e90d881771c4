import { seededRandom } from '@sustain/kernel';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe } from 'vitest';
import { storeSuite } from '../contract.suite.ts';
import { redisStore } from './index.ts';

const url = process.env['REDIS_URL'];
const random = seededRandom(process.pid);

describe.skipIf(url === undefined && process.env['CI'] === undefined)('redis', () => {
  const raw = createClient({ url: url as string });
  beforeAll(async () => void (await raw.connect()));
  afterAll(() => raw.close());

  storeSuite('redis', async () => {
    const keyPrefix = `test-${random.next()}:`;
    const open = () => redisStore({ url: url as string, keyPrefix });
    return {
      store: open(),
      another: async () => open(),
      async corrupt(key) {
        const name = `{${keyPrefix}}entry:${key}`;
        const record = (await raw.get(name)) as string;
        const last = record.charCodeAt(record.length - 1);
        await raw.set(name, record.slice(0, -1) + String.fromCharCode(last ^ 1), { expiration: 'KEEPTTL' });
      },
      async dispose() {
        for await (const keys of raw.scanIterator({ MATCH: `{${keyPrefix}}*` })) {
          if (keys.length > 0) await raw.del(keys);
        }
      },
    };
  });
});
