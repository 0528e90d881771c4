import { checkSection } from './check-section.ts';
import { problemText } from './configuration-problem.ts';
import { inputSchema, type JsonSchema } from './json-schema.ts';
import { type Layer, layerOf } from './layer.ts';
import type { ConfigurationSection } from './section.ts';

export type Sections = Readonly<Record<string, ConfigurationSection>>;

/** What a program's parts take, by section: what the schemas make of the settings. */
export type OptionsOf<Of extends Sections> = {
  readonly [Name in keyof Of]: Of[Name] extends ConfigurationSection<infer Options> ? Options : never;
};

export interface DefinitionOptions {
  /** Variables that begin with `SUSTAIN_` and belong to others, so that nobody is warned of them. Default: none. */
  readonly otherVariables?: readonly string[];
}

/** Everything that may be configured in a program. */
export interface ConfigurationDefinition<Of extends Sections = Sections> {
  readonly sections: Of;
  /** Of the file, as JSON Schema (draft 2020-12): for editors, and for who writes a configuration by program. */
  readonly jsonSchema: JsonSchema;
  /** The defaults of all sections, as the lowest layer. */
  readonly defaults: Layer;
  readonly otherVariables: readonly string[];
}

/**
 * Puts sections together. Throws a TypeError when the name of a section is no word in camelCase, and when the defaults of
 * one do not satisfy its own schema.
 *
 * @example
 * const definition = defineConfiguration({ logging: loggingSection, server: serverSection, auralis: auralisSection });
 * const { config } = loadConfiguration(definition, { defaultFile: 'sustain.yaml' });
 */
export function defineConfiguration<const Of extends Sections>(
  sections: Of,
  options: DefinitionOptions = {},
): ConfigurationDefinition<Of> {
  const properties: Record<string, JsonSchema> = {};
  for (const [name, section] of Object.entries(sections)) {
    if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) {
      throw new TypeError(`the name of a section must be a word in camelCase; got ${JSON.stringify(name)}`);
    }
    properties[name] = inputSchema(section.schema);
  }
  const jsonSchema: JsonSchema = { type: 'object', properties, additionalProperties: false };
  const written = Object.fromEntries(
    Object.entries(sections).map(([name, { defaults }]) => [name, defaults]),
  );
  const defaults = layerOf(written, jsonSchema, () => ({ source: 'default' }));
  const problems = [
    ...defaults.problems,
    ...Object.entries(sections).flatMap(([name, section]) => {
      const checked = checkSection(name, section, defaults.tree[name], jsonSchema, () => ({
        source: 'default',
      }));
      return checked.state === 'broken' ? checked.problems : [];
    }),
  ];
  if (problems.length > 0) {
    throw new TypeError(
      `the defaults are not what their schema wants: ${problems.map(problemText).join('; ')}`,
    );
  }
  return { sections, jsonSchema, defaults, otherVariables: options.otherVariables ?? [] };
}
