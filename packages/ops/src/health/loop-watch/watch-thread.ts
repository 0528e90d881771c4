import { Worker } from 'node:worker_threads';

export interface WatchThreadOptions {
  /** From when on a stall is told. */
  readonly blockedMs: number;
  /** Where it is told, or `none`. */
  readonly fd: number | 'none';
  /** What each line has besides. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** Now. */
  readonly wallMs: number;
}

/** A thread that notices when no beat comes. */
export interface WatchThread {
  /** The loop is alive. Costs an atomic addition. */
  beat(): void;
  /** Lines that it has written, and those that could not be. */
  readonly lines: { readonly written: number; readonly lost: number };
  /** Whether it watches: not before it has started, and not after it has failed. */
  readonly isUp: boolean;
  close(): void;
}

/** Starts it. It does not hold the process open, and ends with it. */
export function watchThread(options: WatchThreadOptions): WatchThread {
  const state = new Int32Array(new SharedArrayBuffer(20));
  const count = (slot: number) => Atomics.load(state, slot);
  let ended = false;
  const thread = new Worker(WATCH, {
    eval: true, // A module of its own would get lost in a bundle, and as TypeScript take twice the memory and 0.4 s.
    workerData: { ...options, lookMs: options.blockedMs / 4, state },
    name: 'event-loop-watch',
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
  });
  const end = () => {
    ended = true;
  };
  thread.on('error', end); // The process works as well without; `isUp` says so.
  thread.on('exit', end);
  thread.unref();
  return {
    beat: () => void Atomics.add(state, SLOTS.beats, 1),
    get lines() {
      return { written: count(SLOTS.written), lost: count(SLOTS.lost) };
    },
    get isUp() {
      return !ended && count(SLOTS.up) === 1;
    },
    close() {
      Atomics.store(state, SLOTS.stop, 1);
      Atomics.notify(state, SLOTS.stop);
    },
  };
}

const SLOTS = { beats: 0, stop: 1, written: 2, lost: 3, up: 4 };

/**
 * Waits without an event loop, which would cost more. A look that comes late itself, as the machine is overloaded or the
 * process was stopped, proves nothing: it begins anew. One stall is told when it is noticed and each time it has lasted twice
 * as long, so that an endless one fills no disk.
 */
const WATCH = `
const { workerData: { blockedMs, lookMs, fd, entry, wallMs, state } } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const { beats, stop, written, lost, up } = ${JSON.stringify(SLOTS)};
const nowMs = () => Number(process.hrtime.bigint()) / 1e6;
const startMs = nowMs();
let seen = Atomics.load(state, beats), sinceMs = startMs, tellMs = blockedMs;
Atomics.store(state, up, 1);
while (Atomics.load(state, stop) === 0) {
  const beganMs = nowMs();
  Atomics.wait(state, stop, 0, lookMs);
  const atMs = nowMs(), count = Atomics.load(state, beats);
  if (count !== seen || atMs - beganMs > lookMs + blockedMs) {
    seen = count; sinceMs = atMs; tellMs = blockedMs;
    continue;
  }
  const forMs = Math.round(atMs - sinceMs);
  if (forMs < tellMs || fd === 'none') continue;
  tellMs = 2 * forMs;
  try {
    writeSync(fd, JSON.stringify({
      timestamp: new Date(wallMs + atMs - startMs).toISOString(), level: 'ERROR', module: 'event-loop',
      message: 'the event loop has been blocked for ' + forMs + ' ms and still is: nothing is answered and no audio is sent',
      context: { blockedMs: forMs, pid: process.pid }, ...entry,
    }) + '\\n');
    Atomics.add(state, written, 1);
  } catch {
    Atomics.add(state, lost, 1);
  }
}
`;
