export type { Clock, ScheduleOptions, SleepOptions, Timer } from './clock.ts';
export { type Random, seededRandom, systemRandom } from './random.ts';
export { SimulatedClock } from './simulated-clock.ts';
export { runOutside, setOutside, systemClock } from './system-clock.ts';
export { untilAborted } from './until-aborted.ts';
