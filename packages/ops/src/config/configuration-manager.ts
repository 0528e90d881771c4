import { Fault, noSignals, type SignalSink } from '@sustain/kernel';
import { assemble, type Sources, withoutBroken } from './assemble.ts';
import { changedPaths } from './changed-paths.ts';
import { configurationFaults } from './configuration-faults.ts';
import { configurationChanged, configurationRejected } from './configuration-signals.ts';
import type { ConfigurationDefinition, OptionsOf, Sections } from './define-configuration.ts';
import { NO_FILE, readFileLayer } from './file-layer.ts';
import { allows, type JsonSchema, nameIn, namesIn, schemaOf } from './json-schema.ts';
import { layerOf } from './layer.ts';
import { type LoadOptions, readSources } from './load-configuration.ts';
import type { LoadedConfiguration } from './loaded-configuration.ts';
import { mergeLayers } from './merge-layers.ts';
import { layerWithout, settingAt, treeOf } from './set-layer.ts';
import { parsePath, pathText, type SettingPath } from './setting-path.ts';
import { suggestion } from './suggestion.ts';

export interface ConfigurationManagerOptions extends LoadOptions {
  /** Where `configuration.changed` and `configuration.rejected` are told. Default: nowhere. */
  readonly signals?: SignalSink;
}

/** What became of a look at the file while the program runs. */
export type Reloaded =
  | { readonly state: 'changed'; readonly paths: readonly string[] }
  | { readonly state: 'unchanged' }
  /** The new file cannot be used: what held before still holds, all of it. */
  | { readonly state: 'rejected'; readonly fault: Fault };

/** Hears that a setting, or something in it, is other than what it heard last. */
export type SettingListener = (value: unknown, previous: unknown) => void;

/**
 * Settings that are read and set while the program runs. What holds is always valid as a whole and is replaced as a whole:
 * who keeps `config` keeps one that fits together. Paths may be spelt as in the file (`audio.input_device`).
 *
 * The constructor loads, and throws what `loadConfiguration` throws.
 */
export class ConfigurationManager<Of extends Sections = Sections> {
  /** Errors that listeners threw, which reach nobody else. */
  readonly counts: { readonly listenerErrors: number; readonly lastListenerError: unknown } = {
    listenerErrors: 0,
    lastListenerError: undefined,
  };
  readonly #definition: ConfigurationDefinition<Of>;
  readonly #options: ConfigurationManagerOptions;
  readonly #signals: SignalSink;
  readonly #listeners = new Set<Listening>();
  /** What environment and flags said at the start, but of sections that they have broken without any file. */
  readonly #others: Pick<Sources, 'environment' | 'flags'>;
  #sources: Sources;
  #loaded: LoadedConfiguration<Of>;

  constructor(definition: ConfigurationDefinition<Of>, options: ConfigurationManagerOptions = {}) {
    this.#definition = definition;
    this.#options = options;
    this.#signals = options.signals ?? noSignals;
    const sources = readSources(definition, options);
    this.#loaded = assemble(definition, sources);
    const { fault } = this.#loaded;
    this.#sources = { ...(fault ? withoutBroken(sources, fault) : sources), onBroken: 'throw' };
    const { fault: lasting } = fault ? assemble(definition, { ...sources, file: NO_FILE }) : this.#loaded;
    this.#others = lasting ? withoutBroken(sources, lasting) : sources;
  }

  /** What holds now, with where each of it is from: for `printConfiguration`. */
  get loaded(): LoadedConfiguration<Of> {
    return this.#loaded;
  }

  /** What the parts of the program take, as it is now. */
  get config(): OptionsOf<Of> {
    return this.#loaded.config;
  }

  /**
   * A setting as it is written: `get('logging.rotation.maxSize')` is '10MB'; a whole section without a path below it.
   * Undefined where nothing is said. Throws CONFIGURATION_ERROR where there is no such setting.
   */
  get(path: string): unknown {
    return settingAt(this.#loaded.settings, this.#pathOf(path));
  }

  /**
   * Sets a setting over everything that file, environment and flags say, until the program ends; it is written nowhere.
   * Maps are laid over what was set before. Undefined, or null where null is no value, takes back what was set.
   * Throws CONFIGURATION_ERROR, and changes nothing, where the whole would not be valid.
   */
  set(path: string, value: unknown): void {
    const to = this.#pathOf(path);
    const { set: before } = this.#sources;
    const { jsonSchema } = this.#definition;
    const schema = to.reduce<JsonSchema>((found, step) => schemaOf(found, step) ?? {}, jsonSchema);
    if (value === undefined || (value === null && !allows(schema, 'null'))) {
      this.#use({ ...this.#sources, set: layerWithout(before, to) }, 'set');
      return;
    }
    const tree = treeOf(to, value, this.#loaded.settings);
    const above = layerOf(tree, jsonSchema, () => ({ source: 'set' }));
    const both = mergeLayers([before, above]);
    const origins = new Map([...before.origins, ...above.origins]);
    this.#use({ ...this.#sources, set: { tree: both.tree, origins, problems: above.problems } }, 'set');
  }

  /**
   * Has a listener called, synchronously and after all has been replaced, when the setting or something in it changes.
   * What it throws is counted. Answers the way to stop; stopping twice is harmless.
   * Throws CONFIGURATION_ERROR where there is no such setting.
   */
  onChange(path: string, listener: SettingListener): () => void {
    const one = { path: this.#pathOf(path), listener, heard: this.#loaded.settings };
    this.#listeners.add(one);
    return () => void this.#listeners.delete(one);
  }

  /**
   * Reads the file again; environment and flags stay what they were at the start, and what was set stays set. Never throws:
   * a file that cannot be used, or is gone, changes nothing and is told, as answer and as signal.
   */
  reload(): Reloaded {
    const before = this.#loaded;
    try {
      // A file that was there and is gone is more likely being replaced than meant: defaults would come as a surprise.
      const file = readFileLayer(this.#definition, {
        ...this.#options,
        ...(before.file && { file: before.file }),
      });
      const { environment, flags } = this.#others;
      this.#use({ ...this.#sources, environment, flags, file }, 'file');
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#signals.channel(configurationRejected).emit({ fault: error }, { source: 'configuration' });
      return { state: 'rejected', fault: error };
    }
    const paths = changedPaths(before.settings, this.#loaded.settings);
    return paths.length === 0 ? { state: 'unchanged' } : { state: 'changed', paths };
  }

  #use(sources: Sources, by: 'file' | 'set'): void {
    const loaded = assemble(this.#definition, sources, this.#loaded);
    const before = this.#loaded.settings;
    this.#sources = sources;
    // What fell back at the start is still at its defaults until a better file comes.
    this.#loaded = by === 'set' ? { ...loaded, fault: this.#loaded.fault } : loaded;
    const paths = changedPaths(before, loaded.settings);
    if (paths.length === 0) return;
    this.#signals.channel(configurationChanged).emit({ paths, by }, { source: 'configuration' });
    for (const one of this.#listeners) {
      // What holds now: a listener before this one may have set something, and this one may have been told of it.
      const { settings } = this.#loaded;
      const [value, previous] = [settingAt(settings, one.path), settingAt(one.heard, one.path)];
      one.heard = settings;
      if (changedPaths(previous, value).length > 0) this.#tell(one.listener, value, previous);
    }
  }

  #tell(listener: SettingListener, value: unknown, previous: unknown): void {
    try {
      listener(value, previous);
    } catch (error) {
      Object.assign(this.counts, {
        listenerErrors: this.counts.listenerErrors + 1,
        lastListenerError: error,
      });
    }
  }

  /** In the schema's names. */
  #pathOf(text: string): SettingPath {
    const path: (string | number)[] = [];
    let schema = this.#definition.jsonSchema;
    for (const step of parsePath(text)) {
      const name = typeof step === 'number' ? step : nameIn(schema, step);
      const below = name === undefined || name === '__proto__' ? undefined : schemaOf(schema, name);
      if (name === undefined || below === undefined) throw unknownSetting(path, schema, String(step));
      path.push(name);
      schema = below;
    }
    return path;
  }
}

interface Listening {
  readonly path: SettingPath;
  readonly listener: SettingListener;
  /** The settings as they were when it was last told, or asked to be. */
  heard: Readonly<Record<string, unknown>>;
}

function unknownSetting(path: SettingPath, schema: JsonSchema, step: string): Fault {
  const cure = suggestion(step, namesIn(schema));
  return configurationFaults.CONFIGURATION_ERROR({
    problems: [
      { path: pathText([...path, step]), problem: 'is not a setting', ...(cure !== undefined && { cure }) },
    ],
    sections: [],
  });
}
