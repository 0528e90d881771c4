export {
  type AdaptiveThrottle,
  type AdaptiveThrottleOptions,
  adaptiveThrottle,
} from './adaptive-throttle.ts';
export { adaptiveThrottleFaults } from './adaptive-throttle-faults.ts';
