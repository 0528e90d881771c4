import { Fault } from '@sustain/kernel';
import { storeFaults } from '@sustain/stores/contract';
import type { SettledBullmqOptions } from './bullmq-options.ts';

/** @internal What a command was: writes may have happened though their answer was lost. */
export type CommandKind = 'read' | { readonly writes: string };

/**
 * @internal What an error of a command becomes to the caller: what was certainly not done leaves the queue unavailable,
 * a write without an answer may have happened. Faults of this package, and reasons of signals, stay what they are.
 */
export function commandFault(
  error: unknown,
  kind: CommandKind,
  { name: store, address }: Pick<SettledBullmqOptions, 'name' | 'address'>,
): unknown {
  if (error instanceof Fault && error.system !== 'policies') return error;
  const { name = '', message = '' } = error as Partial<Error>;
  const isConnection = CONNECTION.test(`${name} ${(error as { code?: string }).code} ${message}`);
  const isReply = REPLY.test(message);
  if (!(error instanceof Fault) && !isConnection && !isReply) return error;
  const reason = `${address.shown}: ${safe(message, address.secrets)}`;
  const isUnsent = error instanceof Fault ? error.code !== 'TIMED_OUT' : isReply || UNSENT.test(message);
  return kind === 'read' || isUnsent
    ? storeFaults.STORE_UNAVAILABLE({ store, reason })
    : storeFaults.OUTCOME_UNKNOWN({ store, reason, key: kind.writes });
}

/** @internal A server may answer a login with its own arguments. */
export function safe(message: string, secrets: readonly string[]): string {
  return secrets.some((secret) => message.includes(secret)) ? 'an error that tells a secret' : message;
}

/** Of node-redis by their texts: its classes have no names, and BullMQ has some of its own. */
const CONNECTION =
  /ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|socket closed|client is (closed|offline)|disconnects client|connection is closed|connection timeout|commands queue/i;
const UNSENT = /ECONNREFUSED|client is (closed|offline)|commands queue/i;
/** What the server says of itself, and not of the command. */
const REPLY =
  /^(LOADING|MASTERDOWN|READONLY|OOM|NOAUTH|WRONGPASS|NOPERM|MISCONF|NOREPLICAS|CLUSTERDOWN|BUSY|DENIED|MOVED|TRYAGAIN)\b/;
