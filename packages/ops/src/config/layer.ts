import type { ConfigurationProblem } from './configuration-problem.ts';
import { allows, type JsonSchema, nameIn, namesIn, schemaOf } from './json-schema.ts';
import type { Origin } from './origin.ts';
import { MOST_LEVELS, MOST_VALUES } from './read-yaml.ts';
import { pathText, type SettingPath } from './setting-path.ts';
import { suggestion } from './suggestion.ts';

/** What one source says, in the names of the schema. */
export interface Layer {
  readonly tree: Readonly<Record<string, unknown>>;
  /** Who says each of it, by path text. */
  readonly origins: ReadonlyMap<string, Origin>;
  readonly problems: readonly ConfigurationProblem[];
}

export const EMPTY_LAYER: Layer = { tree: {}, origins: new Map(), problems: [] };

/**
 * Finds the schema's name for every name that a source uses: `max_size` and `maxSize` are one. What it does not know is a
 * problem, with the nearest name that it knows. What is empty (`logging:` with nothing below) is as if not said.
 */
export function layerOf(given: unknown, schema: JsonSchema, originOf: (path: SettingPath) => Origin): Layer {
  const problems: ConfigurationProblem[] = [];
  const origins = new Map<string, Origin>();
  const tell = (to: SettingPath, from: SettingPath, problem: string, cure?: string) => {
    if (problems.length >= MOST_PROBLEMS) return;
    problems.push({
      path: pathText(to),
      problem,
      origin: originOf(from),
      ...(cure !== undefined && { cure }),
    });
  };

  let values = 0;
  /** `from` in the source's names, `to` in ours. */
  const copy = (value: unknown, at: JsonSchema, from: SettingPath, to: SettingPath): unknown => {
    if (++values > MOST_VALUES) return values === MOST_VALUES + 1 && tell(to, from, TOO_MANY);
    if (to.length > MOST_LEVELS) {
      // Said once, and nothing more is looked at: what holds itself has no end.
      values = MOST_VALUES + 1;
      return tell(to, from, `is nested more than ${MOST_LEVELS} levels deep`);
    }
    origins.set(pathText(to), originOf(from));
    // What may not be here is refused by the schema, whatever is in it; and it may hold itself.
    if (Array.isArray(value)) {
      if (!allows(at, 'array')) return [];
      return value.map((item, index) =>
        copy(item, schemaOf(at, index) ?? {}, [...from, index], [...to, index]),
      );
    }
    if (!isMap(value)) return value;
    if (!allows(at, 'object')) return {};
    const map: Record<string, unknown> = {};
    for (const [name, part] of Object.entries(value)) {
      const ours = name === '__proto__' ? undefined : nameIn(at, name);
      if (ours === undefined) {
        tell([...to, name], [...from, name], 'is not a setting', suggestion(name, namesIn(at)));
        continue;
      }
      const below = schemaOf(at, ours) ?? {};
      if (part === undefined || (part === null && !allows(below, 'null'))) continue;
      if (Object.hasOwn(map, ours)) {
        tell(
          [...to, ours],
          [...from, name],
          'is said twice',
          `"${name}" and "${ours}" are one setting: keep one`,
        );
        continue;
      }
      map[ours] = copy(part, below, [...from, name], [...to, ours]);
    }
    return map;
  };

  const tree = given === undefined || given === null ? {} : copy(given, schema, [], []);
  if (isMap(tree)) return { tree, origins, problems };
  tell([], [], 'must be a map of settings', 'write "section:" with its settings below');
  return { ...EMPTY_LAYER, problems };
}

/** Whether it is plain data with names, and nothing that a program made with a class. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

const MOST_PROBLEMS = 100;
const TOO_MANY = `has more than ${MOST_VALUES} values`;
