// A process with little to spend: what the drills of memory and files run short of. It tells its parent of its faults.
import { closeSync, openSync, readFileSync } from 'node:fs';
import process from 'node:process';
import {
  ErrorHandler,
  escalate,
  type Fault,
  faultRaised,
  freeMemory,
  runInOperation,
  Signals,
} from '@sustain/kernel';
import { useAsyncOperations } from '@sustain/kernel/node';
import { handled } from './handled.ts';
import type { FromLimited, ToLimited } from './limited-process.ts';

const CHUNK_BYTES = 2 ** 23;
const PHRASE_BYTES = 2 ** 27;
/** Less than a phrase takes, and enough for the engine itself, which ends the process when it gets none. */
const SPARED_BYTES = 2 ** 26;

const cachedSounds: ArrayBuffer[] = [];
const openFiles: number[] = [];

process.once('disconnect', () => process.exit(1));
useAsyncOperations();
const signals = new Signals();
signals.on(faultRaised, ({ data }) => tell({ raised: data.fault.toJSON() }));
const handler = new ErrorHandler({
  component: 'limited',
  strategies: [
    freeMemory({
      steps: [{ name: 'clear the cache', free: () => cachedSounds.splice(0) }],
      isEnough: () => render() > 0,
    }),
    escalate({ target: 'who keeps files open', take: () => openFiles.splice(0).map(closeSync).length > 0 }),
  ],
  signals,
});
process.on('message', (asked: ToLimited) => void answer(asked));
tell({ up: true });

async function answer({ id, operationId, what }: ToLimited): Promise<void> {
  try {
    const operation = { id: operationId, name: what };
    const answer = await runInOperation(operation, () => handled(handler, work[what]));
    tell({ id, answer });
  } catch (error) {
    tell({ id, fault: (error as Fault).toJSON() });
  }
}

const work: Readonly<Record<ToLimited['what'], () => number>> = { render, read, cacheAll, openAll };

/** A phrase of silence. */
function render(): number {
  return new Float32Array(PHRASE_BYTES / Float32Array.BYTES_PER_ELEMENT).length;
}

function read(): number {
  return readFileSync('/dev/null').length;
}

/** A cache that nobody has given a limit. */
function cacheAll(): number {
  while (dataLeftBytes() > SPARED_BYTES) cachedSounds.push(new ArrayBuffer(CHUNK_BYTES));
  return cachedSounds.length;
}

/** What the system still gives, as it counts. */
function dataLeftBytes(): number {
  const [, limitBytes] = /^Max data size +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  const [, takenKib] = /^VmData:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(limitBytes) - Number(takenKib) * 1024;
}

/** Files that nobody closes. */
function openAll(): number {
  for (;;) {
    try {
      openFiles.push(openSync('/dev/null', 'r'));
    } catch {
      return openFiles.length; // there are no more to be had, which is what it was for
    }
  }
}

function tell(message: FromLimited): void {
  process.send?.(message);
}
