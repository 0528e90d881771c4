export { choose } from './choose.ts';
export { AnsweredProblem } from './faults-in.ts';
export {
  type DrillProgress,
  type DrillReport,
  type Place,
  type RunDrillsOptions,
  runDrills,
} from './run-drills.ts';
export { summarise, times } from './summarise.ts';
