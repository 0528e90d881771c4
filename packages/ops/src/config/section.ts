import type { z } from 'zod';

/**
 * The settings of one part of a program: what may be written, what holds where nothing is written, and what the part
 * makes of it.
 */
export interface ConfigurationSection<Options = unknown> {
  /**
   * What may be written, with names in camelCase, and by its `transform` the options that the part takes. Objects strict,
   * so that a misspelt name is told. What must always be known is in `defaults`, not in the schema.
   */
  readonly schema: z.ZodType<Options>;
  /** What holds where nobody says otherwise, as one would write it. Must satisfy the schema. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Variables besides `SUSTAIN_<SECTION>__…` that set something here: `{ SUSTAIN_PORT: 'port' }`. Default: none. */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * What may be done when the section is broken: go on with its `defaults`, or `refuse` to start, where defaults would
   * do harm (open a door). Default `defaults`.
   */
  readonly whenBroken?: 'defaults' | 'refuse';
}

/** Says that something is a section, and keeps the type of its options. */
export function defineSection<Schema extends z.ZodType>(
  section: Omit<ConfigurationSection, 'schema'> & { readonly schema: Schema },
): ConfigurationSection<z.output<Schema>> {
  return section as ConfigurationSection<z.output<Schema>>;
}
