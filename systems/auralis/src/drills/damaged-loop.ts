import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drill, startInjection } from '@sustain/drills';
import { systemClock } from '@sustain/kernel';
import { auralisFaults } from '../faults.ts';
import { LoopFiles } from '../loops/index.ts';
import { type ListenedAuralis, listenedAuralis } from './listened-auralis.ts';
import { StreamClient } from './stream-client.ts';

interface WithLoops extends ListenedAuralis {
  readonly loopFolder: string;
}

export const damagedLoop = drill<WithLoops>({
  name: 'damaged-loop',
  fault: auralisFaults.LOOP_FILE_UNUSABLE,
  kind: 'disk',
  breaks: 'the file of the loop in another key is cut short, and a listener asks for that key',
  recovers: 'the loop is rendered again, and its file with it',
  notices: 'nothing',
  async subject(scene) {
    const loopFolder = scene.folder();
    return { ...(await listenedAuralis(scene, { loopFolder })), loopFolder };
  },
  async inject({ auralis, loopFolder }, scene) {
    mkdirSync(loopFolder, { recursive: true });
    const listener = await StreamClient.connect(auralis.url, () => undefined);
    scene.begin();
    writeFileSync(join(loopFolder, 'loop-1-E-dorian.wav'), 'RIFF, and no more');
    listener.send('{"type":"control","parameters":{"key":"E"}}');
    scene.inject(
      startInjection({
        what: 'a loop is cut short',
        async undo() {
          listener.stop();
          await listener.closed;
        },
      }),
    );
  },
  whileBroken: ({ ear }) => ear.expectUndisturbed(),
  async afterwards({ ear, loopFolder }) {
    ear.expectUndisturbed();
    const files = new LoopFiles(loopFolder);
    const isWhole = () =>
      files.read('E', 'dorian').then(
        (loop) => loop !== undefined,
        () => false,
      );
    const endMs = systemClock.monotonicMs() + RENDERED_MS;
    while (!(await isWhole())) {
      if (systemClock.monotonicMs() > endMs) throw new Error('the loop was not rendered again');
      await systemClock.sleep(POLL_MS);
    }
  },
  // The next phrase is the first in the new key, and the loop is wanted when it has come.
  limits: { detectMs: 10_000, recoveryMs: 2000, restoreMs: 5000 },
  sabotage: {
    file: new URL('../loops/loops.ts', import.meta.url),
    replace: 'read(key, mode).catch((error) => this.#tell(error))',
    by: 'read(key, mode)',
  },
});

/** Four phrases, rendered beside the music. */
const RENDERED_MS = 5000;
const POLL_MS = 20;
