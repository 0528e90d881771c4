import { auralisSection } from '@sustain/auralis';
import {
  defineConfiguration,
  healthSection,
  type LoadedConfiguration,
  loadConfiguration,
  loggingSection,
  metricsSection,
  serverSection,
  storesSection,
} from '@sustain/ops/config';
import { sessionsSection } from '@sustain/sessions';
import { DEFAULT_FILE } from './default-file.ts';

/** All that may be configured; the log goes to a file as well, so that `sustain logs` has something to read. */
const definition = defineConfiguration(
  {
    logging: {
      ...loggingSection,
      defaults: {
        ...(loggingSection.defaults as object),
        output: [{ console: true }, { file: 'logs/sustain.log' }],
      },
    },
    health: healthSection,
    metrics: metricsSection,
    server: serverSection,
    stores: storesSection,
    auralis: auralisSection,
    sessions: sessionsSection,
  },
  { otherVariables: ['SUSTAIN_LOGS', 'SUSTAIN_CONFIG'] },
);

export type StudioConfiguration = LoadedConfiguration<typeof definition.sections>;

/** What the command line says of it. */
export interface ConfigurationFlags {
  readonly config?: string;
  readonly host?: string;
  readonly port?: number;
}

/** Defaults, under the file, under the environment, under the flags. Throws CONFIGURATION_ERROR with every mistake. */
export function studioConfiguration({ config, host, port }: ConfigurationFlags): StudioConfiguration {
  return loadConfiguration(definition, {
    file: config,
    defaultFile: DEFAULT_FILE,
    flags: { server: { host, port } },
  });
}
