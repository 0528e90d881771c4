import type { Random } from '@sustain/kernel';
import { checkOptions, TEXT } from '@sustain/kernel/options';
import type { ClusterIsolation } from './cluster-records.ts';
import type { ClusterTerms } from './shared-breaker-options.ts';
import type { SharedCircuit } from './shared-circuit.ts';

/** @internal Digits of an isolation's id. */
export const ISOLATION_ID_LENGTH = 16;

/** @internal Writes down that `by` wants all isolated; answers the way to end that, harmless when repeated. */
export async function isolateCluster(
  terms: ClusterTerms,
  circuit: SharedCircuit,
  by: string,
): Promise<() => Promise<void>> {
  const { name, store, clock, random } = terms;
  checkOptions(`isolation of ${name}`, { by: [by, TEXT] });
  const key = circuit.link.mirror.keys.isolations + newId(random);
  const value: ClusterIsolation = { by, sinceWallMs: Math.max(clock.wallMs(), 0) };
  const revision = await store.set(key, value);
  circuit.link.mirror.set({ key, value, revision });
  circuit.heard(true);
  return () => remove(terms, circuit, key);
}

/** @internal Ends all of them. */
export async function releaseCluster(terms: ClusterTerms, circuit: SharedCircuit): Promise<void> {
  const prefix = circuit.link.mirror.keys.isolations;
  let after: string | undefined;
  do {
    const page = await terms.store.list(prefix, { after });
    const keys = [...page.entries.map(({ key }) => key), ...page.corrupted];
    for (const key of keys) await remove(terms, circuit, key);
    after = page.next;
  } while (after !== undefined);
}

async function remove({ store }: ClusterTerms, circuit: SharedCircuit, key: string): Promise<void> {
  await store.delete(key);
  circuit.link.mirror.deleted(key);
  circuit.heard(true);
}

function newId(random: Random): string {
  let id = '';
  while (id.length < ISOLATION_ID_LENGTH) id += Math.floor(random.next() * 16).toString(16);
  return id;
}
