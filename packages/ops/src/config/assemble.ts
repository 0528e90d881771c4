import { basename } from 'node:path';
import type { Fault } from '@sustain/kernel';
import { changedPaths } from './changed-paths.ts';
import { checkSection } from './check-section.ts';
import { configurationFaults } from './configuration-faults.ts';
import type { ConfigurationProblem } from './configuration-problem.ts';
import type { ConfigurationDefinition, OptionsOf, Sections } from './define-configuration.ts';
import type { FileLayer } from './file-layer.ts';
import { frozen } from './frozen.ts';
import type { Layer } from './layer.ts';
import type { LoadedConfiguration } from './loaded-configuration.ts';
import { mergeLayers } from './merge-layers.ts';
import type { EnvironmentReading } from './read-environment.ts';
import { parsePath } from './setting-path.ts';

/** @internal What has been read, ready to be put together. */
export interface Sources {
  readonly file: FileLayer;
  readonly environment: EnvironmentReading;
  readonly flags: Layer;
  /** What was set while the program ran. */
  readonly set: Layer;
  readonly onBroken: 'throw' | 'default_fallback';
}

/**
 * @internal All or nothing; see `loadConfiguration`. A section whose settings are as before is not checked again: its
 * options are the same object.
 */
export function assemble<Of extends Sections>(
  definition: ConfigurationDefinition<Of>,
  sources: Sources,
  before?: LoadedConfiguration<Of>,
): LoadedConfiguration<Of> {
  const { sections, defaults, jsonSchema } = definition;
  const { file, environment, flags, set, onBroken } = sources;
  const layers = [file.layer, environment.layer, flags, set];
  const { tree, originOf } = mergeLayers([defaults, ...layers]);
  const problems: ConfigurationProblem[] = [...file.problems, ...layers.flatMap((layer) => layer.problems)];
  const config: Record<string, unknown> = {};
  for (const [name, section] of Object.entries(sections)) {
    if (before !== undefined && changedPaths(before.settings[name], tree[name]).length === 0) {
      config[name] = before.config[name];
      continue;
    }
    const checked = checkSection(name, section, tree[name], jsonSchema, originOf);
    if (checked.state === 'valid') config[name] = checked.options;
    else problems.push(...checked.problems);
  }
  if (problems.length > 0) {
    const fault = faultOf(definition, file, problems);
    if (onBroken === 'throw' || fault.recovery !== 'default_fallback') throw fault;
    return { ...assemble(definition, withoutBroken(sources, fault)), fault };
  }
  return {
    definition,
    config: frozen(config) as OptionsOf<Of>,
    settings: frozen(tree),
    originOf,
    file: file.path,
    warnings: environment.warnings,
    fault: undefined,
  };
}

/** @internal The same as if nobody had said anything of the sections that the fault is about. */
export function withoutBroken(sources: Sources, fault: Fault): Sources {
  const broken = new Set(fault.context['sections'] as readonly string[]);
  const { file, environment, flags, set } = sources;
  return {
    file: { ...file, layer: without(file.layer, broken), problems: [] },
    environment: { ...environment, layer: without(environment.layer, broken) },
    flags: without(flags, broken),
    set: without(set, broken),
    onBroken: 'throw',
  };
}

function faultOf(
  { sections }: ConfigurationDefinition,
  { path, problems: ofFile }: FileLayer,
  problems: readonly ConfigurationProblem[],
): Fault {
  const names = new Set(problems.map((problem) => String(parsePath(problem.path)[0] ?? '')));
  // Nobody knows which sections an unreadable file was about.
  const broken = Object.keys(sections).filter((name) => ofFile.length > 0 || names.has(name));
  // A misspelt section may be any of them.
  const isMisspelt = [...names].some((name) => name !== '' && !Object.hasOwn(sections, name));
  const refuses = (isMisspelt ? Object.keys(sections) : broken).some(
    (name) => sections[name]?.whenBroken === 'refuse',
  );
  const kind = refuses ? configurationFaults.CONFIGURATION_REFUSED : configurationFaults.CONFIGURATION_ERROR;
  return kind({
    ...(path !== undefined && { file: basename(path) }),
    problems: problems.slice(0, MOST_PROBLEMS),
    sections: broken,
  });
}

const MOST_PROBLEMS = 100;

function without({ tree, origins }: Layer, broken: ReadonlySet<string>): Layer {
  const isKept = (path: string) => !broken.has(String(parsePath(path)[0] ?? ''));
  return {
    tree: Object.fromEntries(Object.entries(tree).filter(([name]) => isKept(name))),
    origins: new Map([...origins].filter(([path]) => isKept(path))),
    problems: [],
  };
}
