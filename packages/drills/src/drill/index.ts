export {
  type Attempted,
  type CauseKind,
  type Drill,
  type DrillDeclaration,
  type DrillLimits,
  type DrillSubject,
  defaultLimits,
  drill,
  type Sabotage,
  type Scene,
  type Useful,
} from './drill.ts';
export type { DrillMoment, DrillResult, DrillSummary, Times } from './drill-result.ts';
export { type DrillSuite, type DrillSuiteOptions, drillSuite, faultsWithoutDrill } from './drill-suite.ts';
