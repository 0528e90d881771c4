import type { Durability } from '../contract.ts';
import { storeFaults } from '../store-faults.ts';
import type { RedisClient } from './redis-client.ts';
import { replyCode } from './redis-reply.ts';

/** 6.2: `SET … PXAT`, by which an entry and its place in the index of what expires have exactly the same time. */
const OLDEST = [6, 2] as const;

/**
 * @internal Asks a server whether it can keep a store, and as durably as was asked for. Rejects with SERVER_TOO_OLD,
 * STORE_UNAVAILABLE or DURABILITY_NOT_GIVEN, or with what the client says.
 */
export async function checkServer(store: string, client: RedisClient, durability: Durability): Promise<void> {
  const complaint = complaintAbout(store, await client.sendCommand(['HELLO']));
  if (complaint !== undefined) throw complaint;
  if (durability === 'volatile') return;
  const lack = lackOfDurability(durability, await configurationOf(client));
  if (lack !== undefined) {
    throw storeFaults.DURABILITY_NOT_GIVEN({ store, wanted: durability, reason: lack });
  }
}

/** @internal The fault, where the answer to HELLO is that of a server which cannot keep a store. */
export function complaintAbout(store: string, hello: unknown): Error | undefined {
  const { version, mode, role } = helloOf(hello);
  if (isTooOld(version)) return tooOld(store, version);
  const reason =
    mode === 'sentinel' ? 'it is a Sentinel: give the address of the primary' : reasonAgainst(role);
  return reason === undefined ? undefined : storeFaults.STORE_UNAVAILABLE({ store, reason });
}

/** @internal The fault, where the error is how a server from before version 6 answers to being greeted. */
export function tooOldToGreet(store: string, error: unknown): Error | undefined {
  const code = replyCode(error);
  const isUnknown = code === 'ERR' && /unknown command.*\bHELLO\b/i.test((error as Error).message);
  return isUnknown || code === 'NOPROTO' ? tooOld(store, 'older than 6.0') : undefined;
}

/** What Redis is configured to, by name, as far as it matters here; undefined: it does not tell. */
export type RedisConfiguration = Readonly<Record<string, string | undefined>> | undefined;

/** @internal Why acknowledged writes are not as durable as that, and the cure; undefined when they are. */
export function lackOfDurability(
  durability: Exclude<Durability, 'volatile'>,
  configuration: RedisConfiguration,
): string | undefined {
  if (configuration === undefined) {
    return "it does not let this user read its configuration, so that it cannot be verified: grant +config|get, or ask for 'volatile'";
  }
  const { appendonly, appendfsync } = configuration;
  if (appendonly !== 'yes') return 'its appendonly is not yes: set `appendonly yes` and `appendfsync always`';
  if (durability === 'power-loss' && appendfsync !== 'always') {
    return `its appendfsync is ${appendfsync}, so that it acknowledges what is not yet on disk: set it to always`;
  }
  if (appendfsync !== 'always' && appendfsync !== 'no') {
    return `its appendfsync is ${appendfsync}, with which it keeps acknowledged writes in its own memory for up to two seconds while the disk is slow: set it to always, or to no`;
  }
  if (durability === 'power-loss' && configuration['no-appendfsync-on-rewrite'] !== 'no') {
    return 'its no-appendfsync-on-rewrite is not no, so that nothing is synced while it rewrites its file: set it to no';
  }
  if (configuration['maxmemory'] !== '0' && configuration['maxmemory-policy'] !== 'noeviction') {
    return `its maxmemory-policy is ${configuration['maxmemory-policy']}, so that it throws entries away when its memory is full: set it to noeviction`;
  }
  return undefined;
}

async function configurationOf(client: RedisClient): Promise<RedisConfiguration> {
  try {
    const replies = await Promise.all(
      ['*append*', 'maxmemory*'].map((names) => client.sendCommand(['CONFIG', 'GET', names])),
    );
    return Object.assign({}, ...replies);
  } catch (error) {
    // NOPERM of a user without the permission; ERR where a hosted service has taken the command away.
    const code = replyCode(error);
    if (code === 'NOPERM' || code === 'ERR') return undefined;
    throw error;
  }
}

interface Hello {
  readonly version: string;
  readonly mode: string;
  readonly role: string;
}

function helloOf(reply: unknown): Hello {
  const { version, mode, role } = reply as Record<string, unknown>;
  return { version: String(version), mode: String(mode), role: String(role) };
}

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

function tooOld(store: string, version: string): Error {
  return storeFaults.SERVER_TOO_OLD({
    store,
    server: `Redis ${version}`,
    needed: `Redis ${OLDEST.join('.')}`,
  });
}

function reasonAgainst(role: string): string | undefined {
  return role === 'master'
    ? undefined
    : 'it is a replica, which takes no writes: give the address of the primary';
}
