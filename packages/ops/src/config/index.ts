export { type ConfigurationErrorContext, configurationFaults } from './configuration-faults.ts';
export {
  ConfigurationManager,
  type ConfigurationManagerOptions,
  type Reloaded,
  type SettingListener,
} from './configuration-manager.ts';
export type { ConfigurationProblem } from './configuration-problem.ts';
export { configurationChanged, configurationRejected } from './configuration-signals.ts';
export {
  type ConfigurationDefinition,
  type DefinitionOptions,
  defineConfiguration,
  type OptionsOf,
  type Sections,
} from './define-configuration.ts';
export { duration, milliseconds, ratio, size, timeWithUnit } from './human-values.ts';
export { type LoadOptions, loadConfiguration } from './load-configuration.ts';
export type { LoadedConfiguration } from './loaded-configuration.ts';
export { type Origin, originText } from './origin.ts';
export { printConfiguration } from './print-configuration.ts';
export { type ConfigurationSection, defineSection } from './section.ts';
export {
  alertsSection,
  healthSection,
  loggingSection,
  metricsSection,
  performanceSection,
  serverSection,
  storesSection,
} from './sections/index.ts';
export { type WatchConfigurationOptions, watchConfiguration } from './watch-configuration.ts';
