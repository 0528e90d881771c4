import { postgres } from './postgres.ts';
import { programs } from './programs.ts';
import { pulseaudio } from './pulseaudio.ts';
import { redis } from './redis.ts';
import type { Service } from './service.ts';

/** All that tests may need, in the order in which it is listed. */
export const services: readonly Service[] = [redis, postgres, pulseaudio, ...programs];
