import { systemRandom } from '@sustain/kernel';
import { createClient } from 'redis';
import { describe } from 'vitest';
import { jobsSuite } from '../contract.suite.ts';
import { nonce } from '../job-id.ts';
import { bullmqQueue } from './index.ts';

const url = process.env['REDIS_URL'];
if (url === undefined && process.env['CI']) throw new Error('REDIS_URL is missing');

describe.skipIf(url === undefined)('on a real Redis', () => {
  jobsSuite('bullmq', async () => {
    const prefix = `jobs-${nonce(systemRandom)}`;
    return {
      isShared: true,
      open: (options) => bullmqQueue({ name: 'suite', url: url as string, prefix, ...options }),
      async dispose() {
        const client = createClient({ url: url as string });
        await client.connect();
        for await (const keys of client.scanIterator({ MATCH: `${prefix}:*`, COUNT: 1000 })) {
          if (keys.length > 0) await client.del(keys);
        }
        await client.close();
      },
    };
  });
});
