import { z } from 'zod';
import { defineSection } from '../section.ts';

const address = (protocols: RegExp, description: string) =>
  z.string().regex(protocols).describe(description).optional();

const schema = z.strictObject({
  redisUrl: address(/^(redis|rediss|unix):\/\//, 'an address such as redis://host:6379'),
  databaseUrl: address(/^postgres(ql)?:\/\//, 'an address such as postgres://user@host:5432/database'),
});

/**
 * `stores:` where state lives. With neither address everything is embedded. Broken, it stops the program: embedded stores
 * beside the shared ones would take writes that nobody finds again.
 */
export const storesSection = defineSection({
  schema,
  defaults: {},
  environment: { REDIS_URL: 'redisUrl', DATABASE_URL: 'databaseUrl' },
  whenBroken: 'refuse',
});
