import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type ChildSpec,
  type Clock,
  type Random,
  type Signals,
  supervisorChild,
  task,
} from '@sustain/kernel';
import { childProcess } from '@sustain/kernel/node';
import { type HealthMonitor, ServiceHealth } from '@sustain/ops/health';
import type { Server } from '@sustain/ops/server';
import { createComposer, defaultParameters, SAMPLE_RATE_HZ } from './composition/index.ts';
import { auralisFaults } from './faults.ts';
import { auralisHealthChecks, ERROR_WINDOW_MS } from './health.ts';
import { SynthesisRecovery } from './recovery.ts';
import { servePlayer } from './routes.ts';
import { phraseRendered, synthesisReady } from './signals.ts';
import { serveStream } from './stream-route.ts';
import { Broadcast, FRAME_MS, Producer, pace, Timeline } from './streaming/index.ts';
import {
  type FromSynthesis,
  PhraseRenderer,
  type RenderJob,
  RenderProbe,
  SynthesisPort,
  saysReady,
  type ToSynthesis,
} from './synthesis/index.ts';

/** What Auralis needs of the program that it is a part of. */
export interface AuralisHost {
  readonly server: Server;
  readonly health: HealthMonitor;
  readonly signals: Signals;
  readonly clock: Clock;
  /** All of its chance: with a seeded one the music is the same every time. */
  readonly random: Random;
  /** How many may listen at once. Default 10. */
  readonly maxListeners?: number;
}

/** Auralis: what to supervise, and where people find it. */
export interface Auralis {
  readonly child: ChildSpec;
  readonly page: string;
}

/**
 * Makes Auralis: adds its routes and health checks to the host. It plays when its child is started: the synthesis
 * process, the composer that keeps it busy, and the beat that cuts the music into frames, each restarted alone.
 * What they share outlives them, so that a restart is not heard. Throws ENGINE_NOT_BUILT.
 */
export function createAuralis(host: AuralisHost): Auralis {
  const { server, health, signals, clock, random, maxListeners = 10 } = host;
  const composer = createComposer({ seed: musicSeed(random), parameters: defaultParameters });
  const timeline = new Timeline();
  const broadcast = new Broadcast(timeline, epochAt(clock.wallMs()));
  const synthesis = childProcess<ToSynthesis, FromSynthesis>('synthesis', {
    module: built('synthesis-process.js'),
    args: [built('engine.wasm')],
    ready: saysReady,
  });
  const port = new SynthesisPort(synthesis.port);
  const renderer = new PhraseRenderer({ port, clock });
  const recovery = new SynthesisRecovery({ render: (job) => renderer.render(job), clock, signals });
  const rendered = signals.channel(phraseRendered);
  const producer = new Producer({
    composer,
    timeline,
    render: (phrase, track, signal) => render({ phrase, track, signal }),
    clock,
  });
  const probe = new RenderProbe({ port, clock });
  const phrases = new ServiceHealth({ name: 'auralis.phrases', windowMs: ERROR_WINDOW_MS, clock });
  let lesserPhrasesInARow = 0;

  synthesis.port.onMessage((message) => {
    if (!saysReady(message)) return;
    const { pid } = synthesis.port;
    signals.channel(synthesisReady).emit({ engine: message.engine, pid }, ORIGIN);
  });
  health.add(
    'auralis',
    ...auralisHealthChecks(() => ({
      engine: port.engine,
      render: (signal) => probe.look(signal),
      lesserPhrasesInARow,
      composedFrames: timeline.endFrame - timeline.positionFrame,
      bufferedFrames: timeline.bufferedFrames,
      phrases,
    })),
  );
  servePlayer(server);
  serveStream(server, { composer, timeline, broadcast, clock, signals, maxListeners });

  async function render(job: RenderJob): Promise<void> {
    const startMs = clock.monotonicMs();
    const outcome = await renderer.render(job).then(
      () => 'full' as const,
      (error: unknown) => {
        job.signal.throwIfAborted();
        return recovery.recover(error, job);
      },
    );
    const isFull = outcome === 'full';
    const renderMs = clock.monotonicMs() - startMs;
    if (isFull) {
      recovery.clear();
      probe.rendered();
    }
    lesserPhrasesInARow = isFull ? 0 : lesserPhrasesInARow + 1;
    phrases.record(isFull ? 'success' : 'failure', renderMs);
    const realtimeFactor = ((job.phrase.frames / SAMPLE_RATE_HZ) * 1000) / renderMs;
    rendered.emit({ phraseIndex: job.phrase.index, outcome, renderMs, realtimeFactor }, ORIGIN);
  }

  const composing = task('composer', (signal) => producer.run(signal));
  return {
    page: '/auralis/',
    child: supervisorChild({
      id: 'auralis',
      limits: RESTART_LIMITS,
      children: [
        synthesis,
        // Ready with the first phrase: time begins to run when there is something to hear.
        { ...composing, start: (context) => ({ ...composing.start(context), ready: producer.begun }) },
        task('beat', (signal) => pace(() => broadcast.sendNext(), FRAME_MS, { clock, signal })),
      ],
    }),
  };
}

const ORIGIN = { source: 'auralis' } as const;

/** A synthesiser that dies every two seconds is put up with for ever, and is back within the second. */
const RESTART_LIMITS = {
  maxRestarts: 60,
  withinMs: 60_000,
  backoffMs: 50,
  maxBackoffMs: 500,
};

/** The path of a file that `npm run build` makes. */
function built(file: string): string {
  const path = fileURLToPath(new URL(`../build/${file}`, import.meta.url));
  if (!existsSync(path)) throw auralisFaults.ENGINE_NOT_BUILT({ path });
  return path;
}

/** The seed of the music that Auralis plays with this chance: for rendering the same music elsewhere. */
export function musicSeed(random: Random): number {
  return Math.floor(random.fork('auralis.music').next() * 2 ** 32);
}

/** Another one for every run, also of the same seed: players take a new epoch for a new stream. Unsigned, 32 bit. */
function epochAt(wallMs: number): number {
  return Math.floor(wallMs / 1000) % 2 ** 32;
}
