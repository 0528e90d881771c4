export { audioDrills } from './audio/index.ts';
export { drillsDrills } from './drills/index.ts';
export { metricsDrills } from './metrics/index.ts';
export { opsDrills } from './ops/index.ts';
export { policiesDrills } from './policies/index.ts';
export { serverDrills } from './server/index.ts';
