import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type FaultFactory, severityName } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';

const repository = resolve(import.meta.dirname, '..');
const sources = ['{packages,systems}/*/src/**/*.ts', 'studio/src/**/*.ts'];

/** A fault in one line, as declared and as documented: `auralis SYNTHESIS_FAILED ERROR simplify`. */
type FaultLine = string;

async function declared(): Promise<FaultLine[]> {
  const lines: FaultLine[] = [];
  for (const file of globSync(sources, {
    cwd: repository,
    exclude: ['**/*.{test,fixture}.ts', '**/build/**'],
  })) {
    const path = join(repository, file);
    const catalogs = readFileSync(path, 'utf8').matchAll(/^(?:export )?const (\w+) = defineFaults\(/gm);
    for (const [, name = ''] of catalogs) {
      const module = (await import(path)) as Record<
        string,
        Record<string, FaultFactory<string, never>> | undefined
      >;
      const catalog = module[name];
      if (catalog === undefined)
        throw new Error(`${file} must export ${name}, so that its faults can be documented`);
      for (const { system, code, declaration } of Object.values(catalog)) {
        lines.push(`${system} ${code} ${severityName(declaration.severity)} ${declaration.recovery}`);
      }
    }
  }
  return lines;
}

function documented(): FaultLine[] {
  const lines: FaultLine[] = [];
  let system = '';
  for (const line of readFileSync(join(repository, 'docs/faults.md'), 'utf8').split('\n')) {
    system = /^## (\S+)$/.exec(line)?.[1] ?? system;
    const [, code, severity, recovery, meaning = ''] = line.split('|').map((cell) => cell.trim());
    if (code === undefined || !/^[A-Z0-9_]+$/.test(code)) continue;
    expect(meaning.length, `${system} ${code} needs a meaning`).toBeGreaterThan(20);
    lines.push(`${system} ${code} ${severity} ${recovery}`);
  }
  return lines;
}

describe('docs/faults.md', () => {
  it('has a row for every declared fault, and no other', async () => {
    const lines = await declared();
    expect(lines.length).toBeGreaterThan(30);
    expect(documented().toSorted()).toEqual(lines.toSorted());
  });
});
