export type { AudioInterval, AudioTimeline, Playing } from './audio-timeline.ts';
export type { Connection } from './connection.ts';
export type { Disk } from './disk.ts';
export { type Exploration, type ExploreOptions, exploreSteps } from './explore-steps.ts';
export {
  type CallFault,
  callFaults,
  type FaultPlan,
  formatPlan,
  type MessageFault,
  type PlannedFault,
  type ProcessFault,
  parsePlan,
} from './fault-plan.ts';
export { findFailing, type Search, type SearchOptions, type SearchProgress } from './find-failing.ts';
export type { InvariantOptions } from './invariant.ts';
export type { Network, NetworkOptions } from './network.ts';
export type { CallOdds, Port, PortOptions } from './port.ts';
export type { ProcessOptions, ProcessSelf, SimulatedProcess, StartProcess } from './process.ts';
export type { Program } from './program.ts';
export { replayCommand, replayOf } from './replay-of.ts';
export { simulate } from './simulate.ts';
export { describeEnding, type SimulationMainOptions, simulationMain } from './simulation-main.ts';
export type { Ending, SimulationOptions, SimulationResult } from './simulation-result.ts';
export type { Recurring } from './timed-faults.ts';
export type { World } from './world.ts';
