export {
  type AdaptiveThrottle,
  type AdaptiveThrottleOptions,
  adaptiveThrottle,
  throttled,
} from './adaptive-throttle.ts';
export { adaptiveThrottleFaults } from './adaptive-throttle-faults.ts';
