// Brings the generated parts of documents up to date: `npm run docs`, or `node scripts/docs.ts --help`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { faultsTable, faultsWithoutMeaning, measuredDrills, readmeTable } from '@sustain/drills/documents';
import { declaredFaults, repository } from './docs/declared-faults.ts';
import { systemReadmes } from './docs/system-readmes.ts';

const help = `\
Brings the generated parts of documents up to date with what the sources declare.

usage: docs [--drills FILE]

  docs/faults.md           every fault; what a row means stays, and is to be written where it is missing
  systems/*/README.md      what can break, from the system's drills; recovery times only with --drills

--drills FILE   take them from FILE, which is what \`sustain drill --json\` printed
`;

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`docs: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { drills: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const measured = values.drills === undefined ? [] : measuredDrills(readFileSync(values.drills, 'utf8'));
  const catalogs = await declaredFaults();
  const faults = rewrite('docs/faults.md', (markdown) => faultsTable(catalogs, markdown));
  for (const { file, drills } of await systemReadmes()) {
    rewrite(file, (readme) => readmeTable({ readme, drills, measured }));
  }
  const open = faultsWithoutMeaning(faults);
  if (open.length > 0)
    console.log(`docs/faults.md: write what it means, and what to do, of: ${open.join(', ')}`);
  return 0;
}

function rewrite(file: string, generate: (text: string) => string): string {
  const path = join(repository, file);
  const text = readFileSync(path, 'utf8');
  const generated = generatedFor(file, () => generate(text));
  if (generated !== text) writeFileSync(path, generated);
  console.log(`${file}: ${generated === text ? 'as it was' : 'rewritten'}`);
  return generated;
}

function generatedFor(file: string, generate: () => string): string {
  try {
    return generate();
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
