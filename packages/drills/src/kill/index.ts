export {
  type Kill,
  type KillAtRandomOptions,
  type KillTarget,
  killAtRandom,
  type Span,
} from './kill-at-random.ts';
export { ProcessUnderTest, type ProcessUnderTestOptions } from './process-under-test.ts';
