import type { AnyFaultFactory } from '@sustain/kernel';
import { type Store, storeFaults } from '@sustain/stores';
import { memoryStore } from '@sustain/stores/memory';
import { type DrillDeclaration, drill } from '../../drill/index.ts';
import { sourceOf } from '../source-of.ts';
import { Counting, KEY } from './counting.ts';

const limits = sourceOf('packages/stores/src/limits.ts');
const createStore = sourceOf('packages/stores/src/create-store.ts');
const MAX_VALUE_BYTES = 10_000;

export const refusals = [
  refused({
    name: 'key-with-a-null-character',
    fault: storeFaults.KEY_INVALID,
    breaks: 'a key with U+0000 in it, which not every server takes',
    ask: (store) => store.set('a\0b', 1),
    sabotage: { file: limits, replace: "if (key.includes('\\0')) return 'it contains U+0000';", by: '' },
  }),
  refused({
    name: 'value-that-is-no-json',
    fault: storeFaults.VALUE_INVALID,
    breaks: 'a value that JSON does not have',
    ask: (store) => store.set('greeting', () => 'hello'),
    sabotage: { file: limits, replace: 'if (json === undefined) {', by: "json ??= 'null';\n  if (false) {" },
  }),
  refused({
    name: 'value-too-large',
    fault: storeFaults.VALUE_TOO_LARGE,
    breaks: 'a value that is one character too long',
    ask: (store) => store.set('greeting', 'x'.repeat(MAX_VALUE_BYTES - 1)), // and two quotes
    sabotage: { file: limits, replace: 'if (sizeBytes > limitBytes) {', by: 'if (false) {' },
  }),
  refused({
    name: 'time-to-live-of-nothing',
    fault: storeFaults.TTL_INVALID,
    breaks: 'an entry that is to live for 0 ms',
    ask: (store) => store.set('greeting', 'hello', { ttlMs: 0 }),
    sabotage: {
      file: createStore,
      replace: 'if (ttlMs !== undefined) checkTtl(store, ttlMs);',
      by: '',
    },
  }),
  refused({
    name: 'operation-id-used-twice',
    fault: storeFaults.STORE_REQUEST_INVALID,
    breaks: 'a write with the operation id of a deletion that has found nothing',
    async ask(store) {
      await store.delete('greeting', { operationId: 'mine' });
      await store.set('greeting', 'hello', { operationId: 'mine' });
    },
    sabotage: {
      file: createStore,
      replace: "if (written.outcome === 'absent' && text !== undefined) {",
      by: 'if (false) {',
    },
  }),
  refused({
    name: 'store-used-after-close',
    fault: storeFaults.STORE_CLOSED,
    breaks: 'a part of the program uses its store after it has closed it',
    async ask() {
      const own = memoryStore();
      await own.close();
      await own.set('greeting', 'hello');
    },
    sabotage: {
      file: createStore,
      replace: 'if (this.#closing !== undefined) throw',
      by: 'if (false) throw',
    },
  }),
];

interface Refused extends Pick<DrillDeclaration, 'name' | 'breaks' | 'sabotage'> {
  readonly fault: AnyFaultFactory;
  readonly ask: (store: Store) => Promise<unknown>;
}

/** A drill in which somebody asks a store for what it cannot do, while others use it. */
function refused({ ask, ...declaration }: Refused) {
  return drill<Counting>({
    ...declaration,
    kind: 'input',
    recovers: 'the request is refused, with the reason, before anything is written; others are served',
    notices: 'nothing; who asked is told what is wrong',
    limits: { detectMs: 300, recoveryMs: 500, restoreMs: 500 },
    subject: () =>
      Counting.start({ open: (signals) => memoryStore({ maxValueBytes: MAX_VALUE_BYTES, signals }) }),
    async inject({ store }, scene) {
      await scene.attempt(() => ask(store));
    },
    async afterwards({ store }) {
      const { entries } = await store.list('');
      const keys = entries.map(({ key }) => key);
      if (keys.join() !== KEY) throw new Error(`nothing was to be written but ${KEY}; there are ${keys}`);
    },
  });
}
