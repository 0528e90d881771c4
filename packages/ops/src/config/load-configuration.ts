import { basename } from 'node:path';
import type { Fault } from '@sustain/kernel';
import { checkSection } from './check-section.ts';
import { configurationFaults } from './configuration-faults.ts';
import type { ConfigurationProblem } from './configuration-problem.ts';
import type { ConfigurationDefinition, OptionsOf, Sections } from './define-configuration.ts';
import { type FileLayer, readFileLayer } from './file-layer.ts';
import { frozen } from './frozen.ts';
import { EMPTY_LAYER, type Layer, layerOf } from './layer.ts';
import { mergeLayers } from './merge-layers.ts';
import type { Origin } from './origin.ts';
import { type Environment, readEnvironment } from './read-environment.ts';
import { parsePath } from './setting-path.ts';

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

/** A configuration that holds. Nothing in it changes any more. */
export interface LoadedConfiguration<Of extends Sections = Sections> {
  readonly definition: ConfigurationDefinition<Of>;
  /** What the parts of the program take. */
  readonly config: OptionsOf<Of>;
  /** The same as written: by section, in the names of the schema, with the defaults. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Who said a setting: `originOf('server.port')`. */
  originOf(path: string): Origin;
  /** The file that was read, where there was one. */
  readonly file: string | undefined;
  /** What stops nobody and should be told, as of variables that set nothing. */
  readonly warnings: readonly string[];
  /** CONFIGURATION_ERROR, where sections fell back to their defaults. To be told, and handed to the ErrorHandler. */
  readonly fault: Fault | undefined;
}

/**
 * Reads, checks and puts together: defaults, under the file, under the environment, under the flags. All or nothing: it
 * answers a configuration that is valid as a whole or throws CONFIGURATION_ERROR with every problem, each with its path,
 * place and cure. Of a section that refuses defaults, and of a file that could not be read while there is such a section,
 * it throws CONFIGURATION_REFUSED, whatever `onBroken` says. Reads the file at once, synchronously: it is for the start.
 */
export function loadConfiguration<Of extends Sections>(
  definition: ConfigurationDefinition<Of>,
  options: LoadOptions = {},
): LoadedConfiguration<Of> {
  const { environment = process.env, flags = {}, onBroken = 'throw' } = options;
  return assemble(definition, {
    file: readFileLayer(definition, options),
    environment: readEnvironment(
      definition.sections,
      definition.jsonSchema,
      environment,
      definition.otherVariables,
    ),
    flags: layerOf(flags, definition.jsonSchema, () => ({ source: 'flag' })),
    set: EMPTY_LAYER,
    onBroken,
  });
}

/** @internal What has been read, ready to be put together; the manager keeps it. */
export interface Sources {
  readonly file: FileLayer;
  readonly environment: { readonly layer: Layer; readonly warnings: readonly string[] };
  readonly flags: Layer;
  readonly set: Layer;
  readonly onBroken: 'throw' | 'default_fallback';
}

/** @internal */
export function assemble<Of extends Sections>(
  definition: ConfigurationDefinition<Of>,
  { file, environment, flags, set, onBroken }: Sources,
): LoadedConfiguration<Of> {
  const { sections, defaults, jsonSchema } = definition;
  const names = Object.keys(sections);
  const layers = [file.layer, environment.layer, flags, set];
  let merged = mergeLayers([defaults, ...layers]);
  const problems: ConfigurationProblem[] = [...file.problems, ...layers.flatMap((layer) => layer.problems)];
  const broken = new Set(
    file.problems.length > 0 ? names : problems.map(({ path }) => String(parsePath(path)[0] ?? '')),
  );
  const config: Record<string, unknown> = {};
  for (const name of names) {
    const section = sections[name] as Sections[string];
    const checked = checkSection(name, section, merged.tree[name], jsonSchema, merged.originOf);
    if (checked.state === 'valid') config[name] = checked.options;
    else {
      broken.add(name);
      // What was not understood is told once, as the unknown name that it is.
      problems.push(...checked.problems);
    }
  }
  let fault: Fault | undefined;
  if (problems.length > 0) {
    fault = faultOf(
      definition,
      file,
      problems.slice(0, 100),
      names.filter((name) => broken.has(name)),
    );
    if (onBroken === 'throw' || fault.recovery !== 'default_fallback') throw fault;
    merged = mergeLayers([defaults, ...layers.map((layer) => without(layer, broken))]);
    for (const name of broken) {
      if (!Object.hasOwn(sections, name)) continue;
      const section = sections[name] as Sections[string];
      const checked = checkSection(name, section, merged.tree[name], jsonSchema, merged.originOf);
      // Checked when the configuration was defined.
      if (checked.state === 'valid') config[name] = checked.options;
    }
  }
  return {
    definition,
    config: frozen(config) as OptionsOf<Of>,
    settings: frozen(merged.tree),
    originOf: merged.originOf,
    file: file.path,
    warnings: environment.warnings,
    fault,
  };
}

function faultOf(
  { sections }: ConfigurationDefinition,
  { path }: FileLayer,
  problems: readonly ConfigurationProblem[],
  broken: readonly string[],
): Fault {
  const refuses = broken.some((name) => sections[name]?.whenBroken === 'refuse');
  const kind = refuses ? configurationFaults.CONFIGURATION_REFUSED : configurationFaults.CONFIGURATION_ERROR;
  return kind({ ...(path !== undefined && { file: basename(path) }), problems, sections: broken });
}

function without(layer: Layer, broken: ReadonlySet<string>): Layer {
  const isKept = (path: string) => !broken.has(String(parsePath(path)[0] ?? ''));
  return {
    tree: Object.fromEntries(Object.entries(layer.tree).filter(([name]) => !broken.has(name))),
    origins: new Map([...layer.origins].filter(([path]) => isKept(path))),
    problems: [],
  };
}
