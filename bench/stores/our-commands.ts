import type { Store } from '@sustain/stores';

/** What is measured: one command, of the `at`th key. */
export type Command = (at: number) => Promise<unknown>;

export type Commands = Readonly<Record<'set' | 'get' | 'cas', Command>>;

/** About 1 KiB as JSON: a session, say. */
export const payload = {
  state: 'open',
  user: 'a3f0c1',
  events: Array.from({ length: 12 }, (_, at) => ({ at, kind: 'message', text: 'x'.repeat(40) })),
};

export function key(at: number): string {
  return `session/${at}`;
}

export function ourCommands(store: Store): Commands {
  const revisions: number[] = [];
  return {
    async set(at) {
      revisions[at] = await store.set(key(at), payload);
    },
    get: (at) => store.get(key(at)),
    async cas(at) {
      const result = await store.compareAndSet(key(at), revisions[at] as number, payload);
      if (!result.ok) throw new Error('nobody else writes');
      revisions[at] = result.revision;
    },
  };
}
