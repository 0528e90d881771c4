import { findRedis, redisServer } from '@sustain/drills';
import type { Service } from './service.ts';

export const redis: Service = {
  name: 'redis',
  about: 'state for many machines; keeps an append-only file',
  debianPackages: ['redis-server'],
  elsewhere: 'brew install redis',
  locate: findRedis,

  async start(_program, folder) {
    const server = redisServer({ folder });
    await server.start();
    return { REDIS_URL: server.url };
  },
};
