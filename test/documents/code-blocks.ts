/** A fenced block of code in a document. */
export interface CodeBlock {
  /** The document, from the repository's root. */
  readonly file: string;
  /** The line of its first line of code, from 1. */
  readonly line: number;
  /** The first word after the fence, `ts`; empty when there is none. */
  readonly language: string;
  /** The further words: `run`, `no-run`. */
  readonly flags: readonly string[];
  readonly text: string;
}

/** Something wrong in a document, as people and editors read it: `README.md:12: what is wrong`. */
export type Complaint = string;

/** The fenced blocks of a Markdown document, in order. A fence that is never closed ends with the document. */
export function codeBlocksOf(file: string, markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const opening = /^(\s*)(`{3,}|~{3,})\s*(.*)$/.exec(lines[at] ?? '');
    if (opening === null) continue;
    const [, indent = '', fence = '', info = ''] = opening;
    const first = at + 1;
    do at++;
    while (at < lines.length && !closes(lines[at] ?? '', fence));
    const [language = '', ...flags] = info.trim().split(/\s+/);
    const text = lines
      .slice(first, at)
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    blocks.push({ file, line: first + 1, language, flags, text: `${text.join('\n')}\n` });
  }
  return blocks;
}

function closes(line: string, fence: string): boolean {
  const trimmed = line.trim();
  return trimmed.startsWith(fence) && trimmed === trimmed.charAt(0).repeat(trimmed.length);
}
