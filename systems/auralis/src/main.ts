import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type ChildSpec,
  type Clock,
  type Fault,
  faultRaised,
  type Random,
  type Signals,
  supervisorChild,
  task,
} from '@sustain/kernel';
import { eventLoopDelay } from '@sustain/kernel/node';
import { type HealthMonitor, ServiceHealth } from '@sustain/ops/health';
import type { Metrics } from '@sustain/ops/metrics';
import type { Server } from '@sustain/ops/server';
import {
  type Composer,
  type ComposerOptions,
  createComposer,
  defaultParameters,
  GuardedComposer,
  type Quality,
  SAMPLE_RATE_HZ,
} from './composition/index.ts';
import { auralisFaults } from './faults.ts';
import { auralisHealthChecks, ERROR_WINDOW_MS } from './health.ts';
import { LoopFiles, Loops } from './loops/index.ts';
import { auralisMetrics } from './metrics.ts';
import { MusicRenderer } from './music-renderer.ts';
import { musicSeed } from './music-seed.ts';
import { AdaptiveQualityManager, machineCpu } from './quality/index.ts';
import { SynthesisRecovery } from './recovery.ts';
import { servePlayer } from './routes.ts';
import { loopReady, phraseRescued, synthesisReady } from './signals.ts';
import { serveStream } from './stream-route.ts';
import { Bed, Broadcast, FRAME_MS, Producer, pace, Timeline } from './streaming/index.ts';
import {
  EngineLadder,
  type EngineName,
  PhraseRenderer,
  probeEngine,
  type RenderJob,
  RenderProbe,
  SynthesisPort,
  saysReady,
  saysUnusable,
  synthesisChild,
} from './synthesis/index.ts';

/** What Auralis needs of the program that it is a part of. */
export interface AuralisHost {
  readonly server: Server;
  readonly health: HealthMonitor;
  readonly signals: Signals;
  /** Where the music and its listeners are counted. Default nowhere. */
  readonly metrics?: Metrics;
  readonly clock: Clock;
  /** All of its chance: with a seeded one the music is the same every time. */
  readonly random: Random;
  /** How many may listen at once. Default 10. */
  readonly maxListeners?: number;
  /** The best engine to render with; the ones below it are for when it cannot be had. Default `cpu`. */
  readonly engine?: EngineName;
  /** How much of the music is made: as much as there is time for (`adaptive`, the default), or always that. */
  readonly quality?: 'adaptive' | Quality;
  /** Where loops are kept, which are heard before silence is. Default nowhere: they are rendered at every start. */
  readonly loopFolder?: string;
  /** Who composes. Default `createComposer`. */
  readonly compose?: (options: ComposerOptions) => Composer;
}

/** Auralis: what to supervise, and where people find it. */
export interface Auralis {
  readonly child: ChildSpec;
  readonly page: string;
  /** Lets go of what is not its child's. */
  close(): Promise<void>;
}

/**
 * Makes Auralis: adds its routes and health checks to the host. It plays when its child is started: the synthesis
 * process, the composer that keeps it busy, and the beat that cuts the music into frames, each restarted alone.
 * What they share outlives them, so that a restart is not heard. Throws ENGINE_NOT_BUILT.
 */
export function createAuralis(host: AuralisHost): Auralis {
  const { server, health, signals, metrics, clock, random, loopFolder } = host;
  const { maxListeners = 10, engine = 'cpu', quality = 'adaptive', compose = createComposer } = host;
  const seed = musicSeed(random);
  const rescued = signals.channel(phraseRescued);
  const composer = new GuardedComposer({
    parameters: defaultParameters,
    begin: (firstIndex, parameters) => compose({ seed, parameters, firstIndex }),
    onRescue(fault, phraseIndex, rescue) {
      tell(fault);
      rescued.emit({ phraseIndex, code: fault.code, rescue }, ORIGIN);
    },
  });
  const bed = new Bed();
  const timeline = new Timeline({ bed });
  const broadcast = new Broadcast(timeline, epochAt(clock.wallMs()));
  const program = { module: built('synthesis-process.js'), wasm: built('engine.wasm') };
  const engines = new EngineLadder({
    ...{ best: engine, clock, signals },
    probe: (left, signal) => probeEngine(program, left, clock, signal),
  });
  const synthesis = synthesisChild(program, () => engines.choose());
  const port = new SynthesisPort(synthesis.port);
  const adaptive = new AdaptiveQualityManager({ clock, signals });
  const renderer = new PhraseRenderer({
    ...{ port, clock, bestEngine: engine },
    onRendered: (realtimeFactor) => adaptive.rendered(realtimeFactor),
  });
  const render = (job: RenderJob) => renderer.render(job);
  const probe = new RenderProbe({ port, clock });
  const phrases = new ServiceHealth({ name: 'auralis.phrases', windowMs: ERROR_WINDOW_MS, clock });
  const files = loopFolder === undefined ? undefined : new LoopFiles(loopFolder);
  const loops = new Loops({
    ...{ bed, render, files, clock },
    isKept: () => engines.isBest,
    onReady: ({ key, mode }) => signals.channel(loopReady).emit({ key, mode }, ORIGIN),
    onFault: tell,
  });
  const music = new MusicRenderer({
    ...{ render, phrases, clock, signals },
    recovery: new SynthesisRecovery({ render, bed, leaveEngine, clock, signals }),
    quality: nowQuality,
    engines,
    useEngine,
    hasLoop: (parameters) => loops.has(parameters),
    onPhrase: (parameters) => void loops.recall(parameters),
    onRendered(parameters, signal) {
      probe.rendered();
      if (adaptive.hasTime) void loops.prepare(parameters, signal);
    },
  });
  const producer = new Producer({
    ...{ composer, timeline, clock },
    render: (phrase, track, signal) => music.render({ phrase, track, signal }),
  });

  let isUp = false;
  synthesis.port.onMessage((message) => {
    if (saysUnusable(message)) engines.leave(message.engine, message.reason);
    if (!saysReady(message)) return;
    isUp = true;
    engines.started(true);
    const { pid } = synthesis.port;
    signals.channel(synthesisReady).emit({ engine: message.engine, pid }, ORIGIN);
  });
  synthesis.port.onDown(() => {
    if (!isUp) engines.started(false);
    isUp = false;
  });
  health.add(
    'auralis',
    ...auralisHealthChecks(() => ({
      engine: port.engine,
      render: (signal) => probe.look(signal),
      lesserPhrasesInARow: music.lesserPhrasesInARow,
      composedFrames: timeline.endFrame - timeline.positionFrame,
      bufferedFrames: timeline.bufferedFrames,
      phrases,
    })),
  );
  const stopCounting =
    metrics &&
    auralisMetrics(signals, metrics, () => ({
      quality: nowQuality(),
      bufferedMs: msOf(timeline.bufferedFrames),
      concealedMs: msOf(timeline.concealedFrames),
      fallbackMs: msOf(timeline.fallbackFrames),
    }));
  servePlayer(server);
  serveStream(server, { composer, timeline, broadcast, clock, signals, maxListeners });

  function nowQuality(): Quality {
    return quality === 'adaptive' ? adaptive.quality : quality;
  }

  function leaveEngine(reason: string): void {
    engines.leave(engines.engine, reason);
    port.kill();
  }

  /** A process that has another one makes way for the next. */
  function useEngine(name: EngineName): void {
    if (port.engine !== undefined && port.engine !== name) port.kill();
  }

  /** Counted with all faults, and in the log. */
  function tell(fault: Fault): void {
    signals.channel(faultRaised).emit({ fault, context: { component: 'auralis' } }, ORIGIN);
  }

  const composing = task('composer', (signal) => producer.run(signal));
  return {
    page: '/auralis/',
    async close() {
      stopCounting?.();
      await engines.close();
    },
    child: supervisorChild({
      id: 'auralis',
      limits: RESTART_LIMITS,
      children: [
        synthesis,
        // Ready with the first phrase: time begins to run when there is something to hear.
        { ...composing, start: (context) => ({ ...composing.start(context), ready: producer.begun }) },
        ...(quality === 'adaptive' ? [task('quality', (signal) => adjustQuality(adaptive, signal))] : []),
        task('beat', (signal) => pace(() => broadcast.sendNext(), FRAME_MS, { clock, signal })),
      ],
    }),
  };
}

async function adjustQuality(adaptive: AdaptiveQualityManager, signal: AbortSignal): Promise<void> {
  const delayMs = eventLoopDelay();
  const cpu = machineCpu();
  try {
    await adaptive.run(() => ({ cpu: cpu(), eventLoopDelayMs: delayMs() }), signal);
  } finally {
    delayMs[Symbol.dispose]();
  }
}

function msOf(frames: number): number {
  return (frames / SAMPLE_RATE_HZ) * 1000;
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

/** Another one for every run, also of the same seed: players take a new epoch for a new stream. Unsigned, 32 bit. */
function epochAt(wallMs: number): number {
  return Math.floor(wallMs) % 2 ** 32;
}
