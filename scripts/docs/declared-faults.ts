import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { AnyFaultFactory } from '@sustain/kernel';

export const repository = resolve(import.meta.dirname, '../..');

/** Every catalog that a source of the repository declares, file by file. Rejects when one is not exported. */
export async function declaredFaults(): Promise<Readonly<Record<string, AnyFaultFactory>>[]> {
  const catalogs: Readonly<Record<string, AnyFaultFactory>>[] = [];
  const files = globSync(['{packages,systems}/*/src/**/*.ts', 'studio/src/**/*.ts'], {
    cwd: repository,
    exclude: ['**/*.{test,fixture,suite}.ts', '**/fixtures/**', '**/build/**'],
  });
  for (const file of files.toSorted()) {
    const path = join(repository, file);
    const declarations = readFileSync(path, 'utf8').matchAll(/^(?:export )?const (\w+) = defineFaults\(/gm);
    for (const [, name = ''] of declarations) {
      const module = (await import(path)) as Record<string, (typeof catalogs)[number] | undefined>;
      const catalog = module[name];
      if (catalog === undefined)
        throw new Error(`${file} must export ${name}, so that its faults can be documented`);
      catalogs.push(catalog);
    }
  }
  return catalogs;
}
