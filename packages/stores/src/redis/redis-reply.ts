/**
 * @internal The code of an error that the server has answered, `READONLY` for example; undefined of any other error. By
 * the text, as node-redis has classes for them that would have to be loaded first. Before version 7 the code of what
 * failed in a script stands further inside.
 */
export function replyCode(error: unknown): string | undefined {
  const message = error instanceof Error ? error.message : '';
  const code = /^([A-Z]{2,})(?: |$)/.exec(message)?.[1];
  return code === 'ERR' ? (/: -([A-Z]{2,}) /.exec(message)?.[1] ?? code) : code;
}

/**
 * @internal What an error says to people, and what to do about it. `secrets` are told in no case: a server from before
 * version 6 answers a login with its own arguments.
 */
export function reasonOf(error: unknown, secrets: readonly string[]): string {
  const code = replyCode(error);
  const known = code === undefined ? undefined : CURES[code];
  if (known !== undefined) return `${known} (${code})`;
  const message = messageOf(error);
  if (secrets.some((secret) => message.includes(secret))) return code ?? 'an error that tells a secret';
  if (message.includes('max number of clients')) return `${message}: close others, or raise its maxclients`;
  if (message.includes('DB index')) return `${message}: the url names a database that it has not`;
  return message;
}

/**
 * @internal Whether the server has refused a write before any of it. Other errors may come from its midst, of which nothing
 * is taken back, or from a proxy that has lost the server meanwhile.
 */
export function isRefusedWhole(error: unknown): boolean {
  const code = replyCode(error);
  return code !== undefined && code !== 'NOPERM' && Object.hasOwn(CURES, code);
}

/** Several addresses of one name are tried, and each may have failed in its own way. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

const CURES: Readonly<Record<string, string>> = {
  LOADING: 'it is still loading its data, and answers when it has',
  MASTERDOWN: 'it is a replica that has lost its primary: give the address of the primary',
  READONLY: 'it is a replica, which takes no writes: give the address of the primary',
  OOM: 'its memory is full: raise its maxmemory, or delete something',
  NOAUTH: 'it wants a password: put user and password into the url',
  WRONGPASS: 'it does not know this user with this password: correct them in the url',
  NOPERM: 'the user in the url may not do what a store does: grant it the commands, keys and channels',
  MISCONF: 'it cannot write its data to disk, so it takes no writes: look at its log and its disk',
  NOREPLICAS: 'it has fewer replicas than its min-replicas-to-write: start them, or lower that',
  CLUSTERDOWN: 'its cluster does not serve all slots: look at the other nodes',
  MOVED: 'this node of a cluster has not the slot of this store: give the address of the node that has',
  ASK: 'the slot of this store is being moved in its cluster: wait until it has been',
  TRYAGAIN: 'the slot of this store is being moved in its cluster: wait until it has been',
  BUSY: "it is busy with somebody else's script: wait, or end that with SCRIPT KILL",
  DENIED: 'it serves its own machine only, in protected mode: give it a password',
};
