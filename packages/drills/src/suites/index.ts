export { policiesDrills } from './policies/index.ts';
