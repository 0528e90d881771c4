import { cellsOf, headOf, isDelimiter, rowOf } from './markdown-table.ts';

/** The part of the document about one system; the part before the first heading is of none. */
export interface FaultSection {
  readonly system: string | undefined;
  readonly blocks: FaultBlock[];
}

/** Prose, to be kept as it is, or a table of faults. */
export type FaultBlock =
  | { readonly kind: 'prose'; readonly lines: string[] }
  | { readonly kind: 'table'; rows: FaultRow[] };

export interface FaultRow {
  readonly code: string;
  readonly severity: string;
  readonly recovery: string;
  /** Written by a person. */
  readonly meaning: string;
}

const HEAD = headOf(['code', 'severity', 'recovery', 'meaning and what to do']);

/** Takes the document apart: `## system` begins a section, `| code | …` a table. Code blocks are prose. */
export function faultSectionsOf(markdown: string): FaultSection[] {
  const sections: FaultSection[] = [{ system: undefined, blocks: [] }];
  const lines = markdown.replace(/\n$/, '').split('\n');
  let fenced = false;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] as string;
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    const heading = fenced ? undefined : /^## (\S+)\s*$/.exec(line)?.[1];
    if (heading !== undefined) sections.push({ system: heading, blocks: [] });
    const { blocks } = sections.at(-1) as FaultSection;
    if (!fenced && cellsOf(line)?.[0] === 'code' && isDelimiter(lines[at + 1])) {
      const rows = rowsFrom(lines, at + 2);
      blocks.push({ kind: 'table', rows });
      at += 1 + rows.length;
    } else {
      proseOf(blocks).push(line);
    }
  }
  return sections;
}

/** Puts it together again. */
export function writtenFaultSections(sections: readonly FaultSection[]): string {
  const lines = sections.flatMap(({ blocks }) => blocks.flatMap(linesOf));
  return `${lines.join('\n').trimEnd()}\n`;
}

function rowsFrom(lines: readonly string[], start: number): FaultRow[] {
  const rows: FaultRow[] = [];
  for (let at = start; at < lines.length; at++) {
    const cells = cellsOf(lines[at] as string);
    if (cells === undefined) break;
    const [code = '', severity = '', recovery = '', meaning = ''] = cells;
    rows.push({ code, severity, recovery, meaning });
  }
  return rows;
}

function proseOf(blocks: FaultBlock[]): string[] {
  const last = blocks.at(-1);
  if (last?.kind === 'prose') return last.lines;
  const lines: string[] = [];
  blocks.push({ kind: 'prose', lines });
  return lines;
}

function linesOf(block: FaultBlock): string[] {
  if (block.kind === 'prose') return block.lines;
  const rows = block.rows.map(({ code, severity, recovery, meaning }) =>
    rowOf([code, severity, recovery, meaning]),
  );
  return [...HEAD, ...rows];
}
