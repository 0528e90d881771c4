import { type Document, isAlias, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { SettingPath } from './setting-path.ts';

/** A place in a text; the first line and the first column are 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a text as YAML. */
export interface YamlProblem extends Position {
  readonly problem: string;
  readonly cure?: string;
}

/** What stands in a text: plain data, or why it cannot be told; never both. */
export type YamlReading =
  | {
      readonly state: 'read';
      /** Undefined: nothing but comments. */
      readonly value: unknown;
      /** Where the name, or the item of a list, stands that leads there. */
      positionOf(path: SettingPath): Position | undefined;
    }
  | { readonly state: 'broken'; readonly problems: readonly YamlProblem[] };

/** More values than this are no configuration but an attack on memory, as by anchors that multiply. */
export const MOST_VALUES = 10_000;
/** More aliases are refused, since each is looked for in the whole text. */
export const MOST_ALIASES = 100;
export const MOST_LEVELS = 32;

/**
 * Reads YAML 1.2 (core schema), of which JSON is a part. Never throws. Duplicate keys, tags, merge keys, several
 * documents and `__proto__` are told as problems.
 */
export function readYaml(text: string): YamlReading {
  // Each opens a list or a map. Known before the parser has spent seconds on them.
  if ((text.match(/[[{]/g)?.length ?? 0) > MOST_VALUES) {
    return { state: 'broken', problems: [{ line: 1, column: 1, ...(COMPLAINTS['BRACKETS'] as Complaint) }] };
  }
  const lines = new LineCounter();
  // The library compares each key with all before it: 50,000 keys would take minutes. The walk below does it once.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    version: '1.2',
    schema: 'core',
  });
  const position = (offset = 0): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const complaints = [...document.errors, ...document.warnings].slice(0, 20);
  if (complaints.length > 0) {
    const problems = complaints.map(({ code, message, pos }) => ({
      ...position(pos[0]),
      ...(COMPLAINTS[code] ?? { problem: `is not YAML (${message})` }),
    }));
    return { state: 'broken', problems };
  }
  const walk = new Walk(document, position);
  const value = walk.value(document.contents, []);
  if (walk.problems.length > 0) return { state: 'broken', problems: walk.problems };
  return { state: 'read', value, positionOf: (path) => walk.positions.get(keyOf(path)) };
}

type Complaint = Pick<YamlProblem, 'problem' | 'cure'>;

const COMPLAINTS: Readonly<Record<string, Complaint>> = {
  BRACKETS: { problem: `has more than ${MOST_VALUES} brackets`, cure: 'is it the right file?' },
  TAB_AS_INDENT: { problem: 'is indented with a tab', cure: 'YAML takes spaces only' },
  MULTIPLE_DOCS: { problem: 'has a second document (---)', cure: 'write all settings in one' },
  RESOURCE_EXHAUSTION: {
    problem: `is nested more than ${MOST_LEVELS} levels deep`,
    cure: 'write it flatter',
  },
  TAG_RESOLVE_FAILED: { problem: 'has a tag (!…)', cure: 'write the value itself' },
};

/** From the parsed nodes to plain data, bounded, with the place of everything. */
class Walk {
  readonly problems: YamlProblem[] = [];
  readonly positions = new Map<string, Position>();
  readonly #document: Document;
  readonly #position: (offset?: number) => Position;
  #values = 0;
  #aliases = 0;

  constructor(document: Document, position: (offset?: number) => Position) {
    this.#document = document;
    this.#position = position;
  }

  value(node: unknown, path: SettingPath): unknown {
    const { range } = (node ?? {}) as Partial<Node>;
    if (++this.#values > MOST_VALUES) {
      return this.#stop(
        range,
        `has more than ${MOST_VALUES} values`,
        'anchors may multiply them: write less',
      );
    }
    if (path.length > MOST_LEVELS) {
      return this.#stop(range, `is nested more than ${MOST_LEVELS} levels deep`, 'write it flatter');
    }
    if (isScalar(node)) return node.value;
    if (isAlias(node)) {
      if (++this.#aliases > MOST_ALIASES) {
        return this.#stop(range, `has more than ${MOST_ALIASES} aliases (*)`, 'write the values out');
      }
      const target = node.resolve(this.#document);
      return target === undefined
        ? this.#stop(range, `has an alias without its anchor (*${node.source})`, 'set the anchor before it')
        : this.value(target, path);
    }
    if (isMap(node)) return this.#map(node.items, path);
    const { items } = (node ?? {}) as { readonly items?: readonly unknown[] };
    return items?.map((item, index) => {
      const to = [...path, index];
      this.#placed(to, (item as Partial<Node> | null)?.range);
      return this.value(item, to);
    });
  }

  #map(pairs: readonly { readonly key: unknown; readonly value: unknown }[], path: SettingPath): unknown {
    const map: Record<string, unknown> = {};
    for (const { key, value } of pairs) {
      const { range } = (key ?? {}) as Partial<Node>;
      if (!isScalar(key) || key.value === null || typeof key.value === 'object') {
        this.#tell(range, 'has a name that is no word', 'write name: value');
        continue;
      }
      const name = String(key.value);
      if (name === '<<') this.#tell(range, 'has a merge key (<<)', 'write the settings out');
      else if (name === '__proto__') this.#tell(range, 'has the name "__proto__"', 'choose another name');
      else if (Object.hasOwn(map, name)) this.#tell(range, `has "${name}" twice`, 'keep one of them');
      else {
        const to = [...path, name];
        this.#placed(to, range);
        map[name] = this.value(value, to);
      }
    }
    return map;
  }

  #placed(path: SettingPath, range: Node['range'] | undefined): void {
    this.positions.set(keyOf(path), this.#position(range?.[0]));
  }

  /** Said once: a bomb has thousands of these. */
  #stop(range: Node['range'] | undefined, problem: string, cure: string): undefined {
    if (!this.problems.some((known) => known.problem === problem)) this.#tell(range, problem, cure);
  }

  #tell(range: Node['range'] | undefined, problem: string, cure: string): void {
    if (this.problems.length < 20) this.problems.push({ ...this.#position(range?.[0]), problem, cure });
  }
}

function keyOf(path: SettingPath): string {
  return path.join('\0');
}
