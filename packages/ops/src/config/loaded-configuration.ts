import type { Fault } from '@sustain/kernel';
import type { ConfigurationDefinition, OptionsOf, Sections } from './define-configuration.ts';
import type { Origin } from './origin.ts';

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
