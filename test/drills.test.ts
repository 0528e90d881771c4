import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { faultsWithoutDrill } from '@sustain/drills';
import { describe, expect, it } from 'vitest';
import { declaredFaults, repository } from '../scripts/docs/declared-faults.ts';
import { allSuites } from '../studio/src/drill/suites.ts';

const drillSources = globSync(['packages/drills/src/suites/**/*.ts', 'systems/*/src/drills{.ts,/**/*.ts}'], {
  cwd: repository,
  exclude: ['**/*.test.ts'],
});

const drillPaths = drillSources.map((file) => join(repository, file));

describe('drills', () => {
  it('there are for every fault that is declared anywhere', async () => {
    const suites = await allSuites();
    const drilled = suites.flatMap(({ faults }) => faults.map(({ system, code }) => `${system} ${code}`));
    const declared = (await declaredFaults())
      .flatMap((catalog) => Object.values(catalog))
      .map(({ system, code }) => `${system} ${code}`);
    expect(drilled.toSorted()).toEqual(declared.toSorted());
    expect(suites.flatMap(faultsWithoutDrill).map(({ system, code }) => `${system} ${code}`)).toEqual([]);
  });

  it('break things below classification: none makes a declared fault itself', () => {
    expect(drillSources.length).toBeGreaterThan(10);
    const made = drillSources.filter((file) =>
      /Faults\s*(\.\s*[A-Z][A-Z0-9_]+|\[[^\]]+\])\s*\(/.test(
        withoutTexts(readFileSync(join(repository, file), 'utf8')),
      ),
    );
    expect(made).toEqual([]);
  });

  it('are sabotaged where their text is found exactly once', async () => {
    for (const { system, drills } of await allSuites()) {
      for (const { name, sabotage } of drills) {
        const found = readFileSync(sabotage.file, 'utf8').split(sabotage.replace).length - 1;
        expect(found, `${system}/${name} looks for ${sabotage.replace}`).toBe(1);
        expect(sabotage.by, `${system}/${name}`).not.toBe(sabotage.replace);
        expect(drillPaths, `${system}/${name} edits a drill`).not.toContain(fileURLToPath(sabotage.file));
      }
    }
  });

  it('leave no trace in production code: only drills know of drills', () => {
    const production = globSync('{packages,systems}/*/src/**/*.ts', {
      cwd: repository,
      exclude: ['packages/drills/**', '**/*.{test,fixture,suite}.ts', 'systems/*/src/drills{.ts,/**}'],
    });
    expect(production.length).toBeGreaterThan(300);
    const traces = production.filter((file) =>
      readFileSync(join(repository, file), 'utf8').includes('@sustain/drills'),
    );
    expect(traces).toEqual([]);
  });
});

/** What is sabotaged is quoted, and often makes a fault. */
function withoutTexts(source: string): string {
  return source.replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, "''");
}
