import { type AnyFaultFactory, severityName } from '@sustain/kernel';
import {
  type FaultBlock,
  type FaultRow,
  type FaultSection,
  faultSectionsOf,
  writtenFaultSections,
} from './fault-sections.ts';

/** What `defineFaults` answers. */
export type Catalog = Readonly<Record<string, AnyFaultFactory>>;

/**
 * `docs/faults.md` as the declarations say it: code, severity and recovery are theirs, in their order. Kept are all
 * prose, the tables into which a person has divided a system, and what a row means. A fault without a row gets one with
 * an empty meaning, beside its neighbours in its catalog; a row without a fault is dropped, and so is a section of which
 * nothing is left but its heading. Of its own result it makes the same again.
 */
export function faultsTable(catalogs: readonly Catalog[], markdown: string): string {
  const sections = faultSectionsOf(markdown);
  const bySystem = Map.groupBy(
    catalogs.map((catalog) => Object.values(catalog)).filter((faults) => faults.length > 0),
    ([first]) => (first as AnyFaultFactory).system,
  );
  for (const [system, declared] of bySystem) {
    const tables = tablesOf(sections.filter((section) => section.system === system));
    update(tables.length > 0 ? tables : [newTable(sections, system)], declared);
  }
  for (const section of sections) {
    if (section.system !== undefined && bySystem.has(section.system)) continue;
    for (const table of tablesOf([section])) table.rows = [];
  }
  return writtenFaultSections(sections.filter((section) => !isBare(section)));
}

/** The rows of `docs/faults.md` whose meaning is still to be written: `stores STORE_CLOSED`. */
export function faultsWithoutMeaning(markdown: string): string[] {
  return faultSectionsOf(markdown).flatMap((section) =>
    tablesOf([section])
      .flatMap(({ rows }) => rows)
      .filter(({ meaning }) => meaning.length < SHORTEST_MEANING)
      .map(({ code }) => `${section.system} ${code}`),
  );
}

/** In characters: less can hardly say what it means and what to do. */
const SHORTEST_MEANING = 20;

type Table = Extract<FaultBlock, { kind: 'table' }>;

function tablesOf(sections: readonly FaultSection[]): Table[] {
  return sections.flatMap(({ blocks }) => blocks.filter((block) => block.kind === 'table'));
}

function isBare({ system, blocks }: FaultSection): boolean {
  return (
    system !== undefined &&
    blocks.every((block) =>
      block.kind === 'table'
        ? block.rows.length === 0
        : block.lines.every((line) => line.trim() === '' || line.trim() === `## ${system}`),
    )
  );
}

function newTable(sections: FaultSection[], system: string): Table {
  const table: Table = { kind: 'table', rows: [] };
  const section = sections.find((candidate) => candidate.system === system);
  const isLast = section === sections.at(-1);
  if (section === undefined) {
    const heading: FaultBlock = { kind: 'prose', lines: ['', `## ${system}`, ''] };
    sections.push({ system, blocks: [heading, table] });
  } else {
    const prose = section.blocks.at(-1);
    if (prose?.kind === 'prose' && prose.lines.at(-1) !== '') prose.lines.push('');
    section.blocks.push(table);
    if (!isLast) section.blocks.push({ kind: 'prose', lines: [''] });
  }
  return table;
}

/** Brings the tables of one system up to date. */
function update(tables: readonly Table[], catalogs: readonly AnyFaultFactory[][]): void {
  const meanings = new Map<string, string>();
  const places = new Map<string, Table>();
  for (const table of tables) {
    for (const { code, meaning } of table.rows) {
      if (places.has(code)) continue;
      places.set(code, table);
      meanings.set(code, meaning);
    }
  }
  for (const faults of catalogs) placeBesideNeighbours(faults, places, tables[0] as Table);
  for (const table of tables) {
    const here = catalogs.map((faults) => faults.filter(({ code }) => places.get(code) === table));
    const position = (faults: readonly AnyFaultFactory[]) =>
      table.rows.findIndex((row) => faults.some(({ code }) => code === row.code)) >>> 0; // -1 comes last
    table.rows = here
      .toSorted((one, other) => position(one) - position(other))
      .flat()
      .map((fault) => rowFor(fault, meanings.get(fault.code) ?? ''));
  }
}

/** Gives each fault that has no place that of the one before it in its catalog, else of the first that has one. */
function placeBesideNeighbours(
  faults: readonly AnyFaultFactory[],
  places: Map<string, Table>,
  otherwise: Table,
): void {
  const known = faults.find(({ code }) => places.has(code));
  let neighbour = (known && places.get(known.code)) ?? otherwise;
  for (const { code } of faults) {
    neighbour = places.get(code) ?? neighbour;
    places.set(code, neighbour);
  }
}

function rowFor({ code, declaration }: AnyFaultFactory, meaning: string): FaultRow {
  return { code, severity: severityName(declaration.severity), recovery: declaration.recovery, meaning };
}
