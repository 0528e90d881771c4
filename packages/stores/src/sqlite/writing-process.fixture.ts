import { ABSENT, type Store } from '../contract.ts';
import { sqliteStore } from './index.ts';

// A process that uses the file of a test: `count <file> <times>`, `write <file> <first>`, or `once <file>`.

const [what, path = '', number = '0'] = process.argv.slice(2);
const store = sqliteStore({ path });

if (what === 'count') await count(store, Number(number));
else if (what === 'write') await writeForEver(store, Number(number));
else await store.set('once', 1); // and then it ends by itself, although nobody closes the store

async function count(counted: Store, times: number): Promise<void> {
  for (let done = 0; done < times; ) {
    const entry = await counted.get<number>('count');
    const next = (entry?.value ?? 0) + 1;
    if ((await counted.compareAndSet('count', entry?.revision ?? ABSENT, next)).ok) done++;
  }
  await counted.close();
}

/** Says each number after it was acknowledged, until it is killed. */
async function writeForEver(written: Store, first: number): Promise<never> {
  let next = first;
  const writer = async (): Promise<never> => {
    for (;;) {
      const mine = next++;
      await written.set(`number/${mine}`, { mine, padding: 'x'.repeat(mine % 700) });
      process.stdout.write(`${mine}\n`);
    }
  };
  return Promise.race(Array.from({ length: 16 }, writer));
}
