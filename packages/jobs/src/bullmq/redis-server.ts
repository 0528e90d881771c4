import { storeFaults } from '@sustain/stores/contract';
import type { RedisClient } from './redis-client.ts';

/** @internal Rejects with SERVER_TOO_OLD, or DURABILITY_NOT_GIVEN where the server throws jobs away when it is full. */
export async function checkServer(queue: string, client: RedisClient): Promise<void> {
  const info = String(await client.sendCommand(['INFO']));
  const version = /^redis_version:(.*)$/m.exec(info)?.[1]?.trim() ?? '0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 2)) {
    throw storeFaults.SERVER_TOO_OLD({ store: queue, server: `Redis ${version}`, needed: 'Redis 6.2' });
  }
  const policy = /^maxmemory_policy:(.*)$/m.exec(info)?.[1]?.trim();
  const maxBytes = Number(/^maxmemory:(\d+)/m.exec(info)?.[1] ?? 0);
  if (maxBytes > 0 && policy !== 'noeviction') {
    const reason = `its maxmemory-policy is ${policy}, so that it throws jobs away when its memory is full: set it to noeviction`;
    throw storeFaults.DURABILITY_NOT_GIVEN({ store: queue, wanted: 'a full memory', reason });
  }
}
