import { assemble, type Sources } from './assemble.ts';
import type { ConfigurationDefinition, Sections } from './define-configuration.ts';
import { readFileLayer } from './file-layer.ts';
import { EMPTY_LAYER, layerOf } from './layer.ts';
import type { LoadedConfiguration } from './loaded-configuration.ts';
import { type Environment, readEnvironment } from './read-environment.ts';

export interface LoadOptions {
  /** A YAML file that must be there. Default: none. */
  readonly file?: string | undefined;
  /** A YAML file that is read where it is there; not asked for when `file` is given. Default: none. */
  readonly defaultFile?: string | undefined;
  /** Default: the process's. */
  readonly environment?: Environment;
  /** What the command line said, by section; undefined is as if not said. Wins over file and environment. Default: nothing. */
  readonly flags?: Readonly<Record<string, unknown>>;
  /**
   * What becomes of mistakes: `throw`, or `default_fallback`: the broken sections are as if nobody had said anything of
   * them, and the rest holds. Default `throw`.
   */
  readonly onBroken?: 'throw' | 'default_fallback';
}

/**
 * Reads, checks and puts together: defaults, under the file, under the environment, under the flags. All or nothing: it
 * answers a configuration that is valid as a whole or throws CONFIGURATION_ERROR with every problem, each with its path,
 * place and cure. Of a section that refuses defaults, and of a misspelt one or a file that could not be read while there is
 * such a section, it throws CONFIGURATION_REFUSED, whatever `onBroken` says. Reads the file at once, synchronously: it is for the start.
 */
export function loadConfiguration<Of extends Sections>(
  definition: ConfigurationDefinition<Of>,
  options: LoadOptions = {},
): LoadedConfiguration<Of> {
  return assemble(definition, readSources(definition, options));
}

/** @internal */
export function readSources(definition: ConfigurationDefinition, options: LoadOptions): Sources {
  const { environment = process.env, flags = {}, onBroken = 'throw' } = options;
  const { sections, jsonSchema, otherVariables } = definition;
  return {
    file: readFileLayer(definition, options),
    environment: readEnvironment(sections, jsonSchema, environment, otherVariables),
    flags: layerOf(flags, jsonSchema, () => ({ source: 'flag' })),
    set: EMPTY_LAYER,
    onBroken,
  };
}
