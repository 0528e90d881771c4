import { allows, type JsonSchema, nameIn, namesIn, schemaOf } from './json-schema.ts';
import { isMap, type Layer, layerOf } from './layer.ts';
import type { Origin } from './origin.ts';
import { readYaml } from './read-yaml.ts';
import type { ConfigurationSection } from './section.ts';
import { parsePath, pathText, type SettingPath } from './setting-path.ts';
import { suggestion } from './suggestion.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface EnvironmentReading {
  readonly layer: Layer;
  /** Variables that look like ours and set nothing, in words. They never stop a program: another may mean them. */
  readonly warnings: readonly string[];
}

/**
 * Reads `SUSTAIN_<SECTION>__<SETTING>` and the names that the sections know: `SUSTAIN_LOGGING__PERFORMANCE__THRESHOLD_MS`.
 * Case and single underscores do not count. Values are texts; where the schema wants something else, numbers, true and
 * false are read as such, lists as `a, b` or as YAML, maps as YAML. An empty variable is as if not set. Where two set the
 * same, the longer form wins.
 */
export function readEnvironment(
  sections: Readonly<Record<string, ConfigurationSection>>,
  schema: JsonSchema,
  environment: Environment,
  ignored: readonly string[],
): EnvironmentReading {
  const tree: Record<string, unknown> = {};
  const variables = new Map<string, string>();
  const warnings: string[] = [];
  const put = (path: SettingPath, variable: string, text: string) => {
    const at = path.reduce<JsonSchema | undefined>((found, step) => found && schemaOf(found, step), schema);
    variables.set(pathText(path), variable);
    place(tree, path, asWanted(text, at ?? {}));
  };

  const known = knownVariables(sections);
  for (const [variable, path] of known) {
    const text = environment[variable];
    if (text) put(path, variable, text);
  }
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith(PREFIX) || !text || known.has(variable) || ignored.includes(variable)) continue;
    const found = pathOf(variable, schema);
    if (found.state === 'found') put(found.path, variable, text);
    else {
      const cure = variable.includes('__') ? found.cure : suggestion(variable, [...known.keys()]);
      warnings.push(`the environment's ${variable} sets nothing${cure === undefined ? '' : `: ${cure}`}`);
    }
  }
  return { layer: layerOf(tree, schema, (path) => originOf(path, variables)), warnings };
}

const PREFIX = 'SUSTAIN_';

/** Every variable that a section names itself, with the way from the root. */
export function knownVariables(
  sections: Readonly<Record<string, ConfigurationSection>>,
): ReadonlyMap<string, SettingPath> {
  return new Map(
    Object.entries(sections).flatMap(([section, { environment = {} }]) =>
      Object.entries(environment).map(
        ([variable, path]) => [variable, [section, ...parsePath(path)]] as const,
      ),
    ),
  );
}

type Found =
  | { readonly state: 'found'; readonly path: SettingPath }
  | { readonly state: 'unknown'; readonly cure: string | undefined };

function pathOf(variable: string, schema: JsonSchema): Found {
  const path: string[] = [];
  let at = schema;
  for (const step of variable.slice(PREFIX.length).split('__')) {
    const name = nameIn(at, step.toLowerCase());
    const below = name === undefined || name === '__proto__' ? undefined : schemaOf(at, name);
    if (name === undefined || below === undefined) {
      return { state: 'unknown', cure: suggestion(step.toLowerCase(), namesIn(at)) };
    }
    path.push(name);
    at = below;
  }
  return { state: 'found', path };
}

/** What the schema wants, if the text can be that; else the text, which the schema then refuses with its own words. */
function asWanted(text: string, at: JsonSchema): unknown {
  if (allows(at, 'boolean') && BOOLEANS.has(text.toLowerCase())) return BOOLEANS.get(text.toLowerCase());
  if (allows(at, 'string') && !isFree(at)) return text;
  if ((allows(at, 'number') || allows(at, 'integer')) && NUMBER.test(text.trim())) return Number(text);
  if (!allows(at, 'array') && !allows(at, 'object')) return text;
  const isList = allows(at, 'array') && !isFree(at) && !/^\s*(\[|-\s)/.test(text);
  if (isList && !allows(at, 'object')) return text.split(',').map((item) => item.trim());
  const reading = readYaml(text);
  return reading.state === 'read' ? reading.value : text;
}

/** Whether the schema says nothing: YAML decides then what a text is. */
function isFree(at: JsonSchema): boolean {
  return allows(at, 'string') && allows(at, 'array');
}

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const BOOLEANS = new Map(
  ['true', '1', 'yes', 'on', 'false', '0', 'no', 'off'].map((word, index) => [word, index < 4] as const),
);

function place(tree: Record<string, unknown>, path: SettingPath, value: unknown): void {
  let map = tree;
  for (const step of path.slice(0, -1)) {
    const inner = map[step];
    const next: Record<string, unknown> = isMap(inner) ? inner : {};
    map[step] = next;
    map = next;
  }
  map[path.at(-1) ?? ''] = value;
}

/** The variable that set it, or what it is in; or any that set something in it. */
function originOf(path: SettingPath, variables: ReadonlyMap<string, string>): Origin {
  for (let length = path.length; length > 0; length--) {
    const variable = variables.get(pathText(path.slice(0, length)));
    if (variable !== undefined) return { source: 'environment', variable };
  }
  const text = pathText(path);
  const inside = [...variables].find(([one]) => one.startsWith(text))?.[1];
  return { source: 'environment', variable: inside ?? `${PREFIX}*` };
}
