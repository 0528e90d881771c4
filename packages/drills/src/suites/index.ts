export { audioDrills } from './audio/index.ts';
export { opsDrills } from './ops/index.ts';
export { policiesDrills } from './policies/index.ts';
export { metricsDrills } from './metrics/index.ts';
export { serverDrills } from './server/index.ts';
