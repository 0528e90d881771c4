import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ChildSpec,
  createSupervisor,
  pipeline,
  Signals,
  supervisionFaults,
  supervisorChild,
  task,
  timeout,
} from '@sustain/kernel';
import { type DrillSubject, drill } from '../../drill/index.ts';
import { sourceOf } from '../source-of.ts';
import { JobQueue } from './job-queue.ts';

interface Library extends DrillSubject {
  /** Where its books are. */
  readonly shelf: string;
}

export const supervisorGaveUp = drill<Library>({
  name: 'restarts-do-not-help',
  fault: supervisionFaults.SUPERVISOR_GAVE_UP,
  kind: 'disk',
  breaks: 'the files that one child has made are removed, so that the other fails whenever it starts',
  recovers: 'their supervisor gives up, and the one above starts both again: the files are made anew',
  notices: 'no service for some milliseconds',
  async subject(scene) {
    const shelf = join(scene.folder(), 'shelf');
    const signals = new Signals();
    const requests = new JobQueue();
    const library = supervisorChild({
      id: 'library',
      children: [keeper(shelf), readerOf(shelf, requests)],
      limits: { maxRestarts: 2, withinMs: 5000, backoffMs: 5, maxBackoffMs: 5 },
    });
    const above = createSupervisor({
      id: 'drill',
      children: [library],
      limits: { maxRestarts: 5, backoffMs: 5 },
      signals,
    });
    await above.start();
    const calls = pipeline({ name: 'library', signals }, timeout(100));
    return {
      drillable: true,
      signals,
      shelf,
      async use(signal) {
        const text = await calls.run(() => requests.add(() => readFileSync(join(shelf, 'book'), 'utf8')), {
          signal,
        });
        if (text !== BOOK) throw new Error(`expected a book, got ${JSON.stringify(text)}`);
        return 'full';
      },
      async close() {
        await above.stop();
      },
    };
  },
  inject({ shelf }) {
    rmSync(shelf, { recursive: true });
  },
  sabotage: {
    file: sourceOf('packages/kernel/src/supervision/supervisor.ts'),
    replace: "if (action === 'leave') leave(startFault);",
    by: "if (action === 'leave' || fault?.code === 'SUPERVISOR_GAVE_UP') leave(startFault);",
  },
});

const BOOK = 'once upon a time';

/** Makes the books when it starts, and keeps them. */
function keeper(shelf: string): ChildSpec {
  return task('keeper', async (signal) => {
    mkdirSync(shelf, { recursive: true });
    writeFileSync(join(shelf, 'book'), BOOK);
    if (!signal.aborted) await once(signal, 'abort');
  });
}

/** Serves requests; fails when the book is gone. */
function readerOf(shelf: string, requests: JobQueue): ChildSpec {
  return task('reader', (signal) => requests.serve(signal, () => access(join(shelf, 'book'))));
}
