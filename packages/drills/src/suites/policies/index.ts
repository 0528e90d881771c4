import {
  adaptiveThrottleFaults,
  breakerFaults,
  bulkheadFaults,
  fallbackChainFaults,
  outputFaults,
  rateLimitFaults,
  serviceLimitFaults,
  shedFaults,
  streamFaults,
  timeoutFaults,
  turnFaults,
} from '@sustain/kernel';
import { drillSuite } from '../../drill/index.ts';
import { bulkheadFilled } from './bulkhead.ts';
import { circuitOpened } from './circuit.ts';
import { rateUsedUp } from './rate-limit.ts';
import { limitedByService, quotaUsedUp } from './service-limits.ts';
import { eventLoopLate } from './shed.ts';
import { allSourcesDown, emptyAnswer } from './sources.ts';
import { emptyStream, firstChunkLate, streamStalls } from './streams.ts';
import { throttled } from './throttle.ts';
import { timedOut } from './timeout.ts';
import { turnUsedUp } from './turn.ts';

export { timedOut };

/** What the policies of the kernel do about servers and callers that fail. */
export const policiesDrills = drillSuite({
  system: 'policies',
  catalogs: [
    timeoutFaults,
    streamFaults,
    turnFaults,
    outputFaults,
    breakerFaults,
    serviceLimitFaults,
    adaptiveThrottleFaults,
    bulkheadFaults,
    rateLimitFaults,
    shedFaults,
    fallbackChainFaults,
  ],
  drills: [
    timedOut,
    firstChunkLate,
    streamStalls,
    emptyStream,
    turnUsedUp,
    circuitOpened,
    limitedByService,
    quotaUsedUp,
    throttled,
    bulkheadFilled,
    rateUsedUp,
    eventLoopLate,
    allSourcesDown,
    emptyAnswer,
  ],
  module: import.meta.url,
});
