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

const CHUNK_BYTES = 8 * 2 ** 20;
const PHRASE_BYTES = 4 * CHUNK_BYTES;
/** Left for the engine itself, which ends the process when it gets none. */
const SPARED_CHUNKS = 3;

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
  untilRefused(() => cachedSounds.push(new ArrayBuffer(CHUNK_BYTES)));
  cachedSounds.splice(-SPARED_CHUNKS);
  return cachedSounds.length;
}

/** Files that nobody closes. */
function openAll(): number {
  untilRefused(() => openFiles.push(openSync('/dev/null', 'r')));
  return openFiles.length;
}

/** Does it until the system has no more of what it takes. */
function untilRefused(take: () => void): void {
  for (;;) {
    try {
      take();
    } catch {
      return; // that is what it was for
    }
  }
}

function tell(message: FromLimited): void {
  process.send?.(message);
}
