import { kernelFaults } from '@sustain/kernel';
import { drillSuite } from '../../drill/index.ts';
import { callsCancelled } from './cancelled.ts';
import { connectionRefused, connectionReset, hostNotFound } from './connections.ts';
import { diskFull } from './disk-full.ts';
import { fileMissing, programForbidden } from './files.ts';
import { heapFull } from './heap-full.ts';
import { allocationFails, filesLeftOpen } from './limits.ts';
import { portTaken } from './port-taken.ts';
import { programMistake } from './program-mistake.ts';
import { hostTimedOut, nameServerSilent } from './timed-out.ts';

/** What hosts throw, made into faults by `classify`, and recovered from by the kernel's strategies. */
export const kernelDrills = drillSuite({
  system: 'kernel',
  catalogs: [kernelFaults],
  drills: [
    connectionReset,
    connectionRefused,
    hostNotFound,
    hostTimedOut,
    nameServerSilent,
    callsCancelled,
    heapFull,
    allocationFails,
    filesLeftOpen,
    diskFull,
    fileMissing,
    programForbidden,
    portTaken,
    programMistake,
  ],
  module: import.meta.url,
});
