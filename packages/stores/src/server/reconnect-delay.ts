import type { Random } from '@sustain/kernel';

/**
 * @internal How long to wait before the `attempt`th attempt to connect again (1 or more): half of it is fixed, half is
 * jitter, so that the clients of a server that returns do not come all at once, and none comes at once.
 */
export function reconnectDelayMs(attempt: number, maxMs: number, random: Random): number {
  const fullMs = Math.min(BASE_MS * 2 ** Math.min(attempt - 1, 30), maxMs);
  return fullMs / 2 + (random.next() * fullMs) / 2;
}

const BASE_MS = 50;
