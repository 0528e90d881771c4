export { type RunSabotageOptions, runSabotage, type Sabotaged } from './run-sabotage.ts';
