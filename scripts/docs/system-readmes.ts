import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import type { Drill } from '@sustain/drills';
import { repository } from './declared-faults.ts';

/** The README of a system, and the drills that its table is made of. */
export interface SystemReadme {
  /** From the repository's root. */
  readonly file: string;
  readonly drills: readonly Drill[];
}

/** Of every system that has drills: what its `src/drills.ts` exports as suites. */
export async function systemReadmes(): Promise<SystemReadme[]> {
  const readmes: SystemReadme[] = [];
  for (const folder of globSync('systems/*', { cwd: repository }).toSorted()) {
    const path = join(repository, folder, 'src/drills.ts');
    if (!existsSync(path)) continue;
    const exported = Object.values((await import(path)) as Record<string, unknown>).flat();
    readmes.push({ file: `${folder}/README.md`, drills: exported.flatMap(drillsOf) });
  }
  return readmes;
}

function drillsOf(value: unknown): readonly Drill[] {
  const { drills } = Object(value) as { readonly drills?: unknown };
  return Array.isArray(drills) ? drills : [];
}
