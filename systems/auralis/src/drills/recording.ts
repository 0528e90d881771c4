import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DrillSubject, drill, type Scene, startInjection } from '@sustain/drills';
import { refuse, TcpProxy } from '@sustain/drills/network';
import { Signals, systemClock, systemRandom } from '@sustain/kernel';
import { recordFile, recordingFaults, renderFile } from '../cli/index.ts';
import { type ListenedAuralis, listenedAuralis } from './listened-auralis.ts';

/** One who renders music to files in a folder. */
interface Renderer extends DrillSubject {
  readonly folder: string;
  render(name: string): Promise<void>;
}

function renderer(scene: Scene): Renderer {
  const folder = scene.folder();
  const render = async (name: string, signal = scene.signal) => {
    await renderFile({ path: join(folder, name), seconds: 0.1, seed: name, signal });
  };
  let uses = 0;
  return {
    drillable: true,
    signals: new Signals({ clock: systemClock }),
    folder,
    render,
    async use(signal) {
      await render(`${++uses}.wav`, signal);
      return 'full';
    },
    close: () => undefined,
  };
}

export const fileInTheWay = drill<Renderer>({
  name: 'recording-in-the-way',
  fault: recordingFaults.RECORDING_EXISTS,
  kind: 'disk',
  breaks: 'a file stands where one is to be written',
  recovers: 'nothing is written, and the file is left as it is; other names can be written',
  notices: 'that there is such a file, and what to do',
  subject: renderer,
  async inject({ folder, render }, scene) {
    const path = join(folder, 'precious.wav');
    writeFileSync(path, PRECIOUS);
    scene.inject(startInjection({ what: 'a file is in the way', undo: () => rmSync(path) }));
    await scene.attempt(() => render('precious.wav'));
  },
  whileBroken({ folder }) {
    const text = readFileSync(join(folder, 'precious.wav'), 'utf8');
    if (text !== PRECIOUS) throw new Error('the file was written over');
    const parts = readdirSync(folder).filter((name) => /^precious.*part$/.test(name));
    if (parts.length > 0) throw new Error(`something was written: ${parts.join(', ')}`);
  },
  afterwards: ({ render }) => render('precious.wav'),
  sabotage: {
    file: new URL('../cli/wav-file.ts', import.meta.url),
    replace: '  if (!overwrites || !isFile) throw recordingFaults.RECORDING_EXISTS({ path, isFile });\n',
    by: '',
  },
});

const PRECIOUS = 'precious';

interface ProxiedAuralis extends ListenedAuralis {
  readonly record: (limit: AbortSignal) => Promise<void>;
  readonly proxy: TcpProxy;
}

export const streamToRecordIsGone = drill<ProxiedAuralis>({
  name: 'stream-to-record-is-gone',
  fault: recordingFaults.STREAM_UNAVAILABLE,
  kind: 'network',
  breaks: 'a recording is begun, and nothing listens at the address of the stream',
  recovers: 'the recording ends at once, leaves no file, and says why; who listens elsewhere hears on',
  notices: 'that there is nothing to record, and why',
  async subject(scene) {
    const listened = await listenedAuralis(scene);
    const proxy = await TcpProxy.start({ upstream: listened.auralis.url });
    scene.defer(() => proxy.close());
    const url = new URL('/auralis/stream', proxy.through(listened.auralis.url).replace('http', 'ws')).href;
    const folder = scene.folder();
    const record = async (signal: AbortSignal) => {
      const path = join(folder, 'out.wav');
      const clock = systemClock;
      await recordFile({ path, url, seconds: 0.1, overwrites: true, clock, random: systemRandom, signal });
    };
    return { ...listened, proxy, record };
  },
  async inject({ proxy, record }, scene) {
    scene.begin();
    scene.inject(proxy.add(refuse()));
    await scene.attempt(() => withinLimit(record));
  },
  whileBroken: ({ ear }) => ear.expectUndisturbed(),
  async afterwards({ ear, record }, scene) {
    await record(scene.signal);
    ear.expectUndisturbed();
  },
  sabotage: {
    file: new URL('../cli/recording.ts', import.meta.url),
    replace: ' || !this.#isKnown) return',
    by: ') return',
  },
});

/** Ends what would wait for the stream for ever. */
async function withinLimit(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const limit = new AbortController();
  const timer = systemClock.schedule(LIMIT_MS, () => limit.abort());
  await work(limit.signal).finally(() => timer.cancel());
}

const LIMIT_MS = 2000;
