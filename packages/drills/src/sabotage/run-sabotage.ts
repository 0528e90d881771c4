import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, systemClock } from '@sustain/kernel';
import { COUNT, checkOption } from '@sustain/kernel/options';
import type { Drill, DrillResult, DrillSuite } from '../drill/index.ts';
import { startInjection } from '../injection/index.ts';
import { endProcess } from '../process-tree/index.ts';
import { choose } from '../runner/index.ts';
import { EDIT_VARIABLE, editOf } from './edit.ts';
import type { FromSabotaged } from './from-sabotaged.ts';

export interface RunSabotageOptions {
  /** Which drills, as for `runDrills`. Default: all. */
  readonly names?: readonly string[];
  readonly seed: string;
  /** How many processes at a time; most of their time they wait. Default: two for each processor. */
  readonly concurrency?: number;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: Sabotaged, place: { readonly index: number; readonly of: number }) => void;
}

/** What a drill came to without the recovery that it proves. Only `failed` and `died` are as it should be. */
export type Sabotaged = { readonly system: string; readonly drill: string; readonly detail: string } & (
  | { readonly state: 'failed' }
  /** Its process ended, or came to no end, after the injection. */
  | { readonly state: 'died' }
  /** It went well all the same: it does not prove what it says. */
  | { readonly state: 'survived' }
  /** The edit broke more than the recovery: the subject was not useful before, or could not be broken. */
  | { readonly state: 'not-broken' }
);

/**
 * Runs each drill without the recovery that it proves: in a process of its own, in which the drill's `sabotage` has been
 * done to the source while it was loaded. Nothing is changed on disk. Rejects with SABOTAGE_UNUSABLE before anything
 * runs, when a text to be replaced is not there once; and when cancelled. Needs the sources, not a build of them.
 */
export async function runSabotage(
  suites: readonly DrillSuite[],
  {
    names = [],
    seed,
    concurrency = 2 * availableParallelism(),
    clock = systemClock,
    signal,
    onProgress,
  }: RunSabotageOptions,
): Promise<Sabotaged[]> {
  checkOption('concurrency', concurrency, COUNT);
  const todo = choose(suites, names).flatMap((suite) =>
    suite.drills.map((drill) => ({
      suite,
      drill,
      edit: editOf(drill.sabotage, `${suite.system}/${drill.name}`),
    })),
  );
  const done: Sabotaged[] = [];
  const compiled = compileCache();
  const waiting = todo.values();
  const worker = async () => {
    for (const { suite, drill, edit } of waiting) {
      signal?.throwIfAborted();
      const own = { [EDIT_VARIABLE]: JSON.stringify(edit), NODE_OPTIONS: nodeOptions() };
      const env = { ...process.env, ...own, NODE_COMPILE_CACHE: compiled.path };
      const outcome = await runOne(suite, drill, seed, env, clock, signal);
      done.push(outcome);
      onProgress?.(outcome, { index: done.length, of: todo.length });
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: concurrency }, worker));
  compiled.remove();
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
  return done;
}

/** Longer than a drill takes that waits for all of its limits. */
const MAX_MS = 90_000;

async function runOne(
  { module, system }: DrillSuite,
  { name }: Drill,
  seed: string,
  env: NodeJS.ProcessEnv,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<Sabotaged> {
  const child = fork(beside('sabotaged-main'), [module, system, name, seed], {
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  const pid = child.pid as number;
  const life = startInjection({
    what: `${system}/${name} without its recovery`,
    undo: () => endProcess(pid, 'SIGTERM'),
    maxMs: MAX_MS,
    ifDead: [{ undo: 'end', pid, signal: 'SIGTERM' }],
    clock,
  });
  const onAbort = () => void life.end().catch(() => undefined); // it is waited for below
  signal?.addEventListener('abort', onAbort);
  let injected = false;
  let result: DrillResult | undefined;
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-MOST_SAID);
  });
  child.on('message', (message) => {
    const told = message as FromSabotaged;
    if (told.type === 'injected') injected = true;
    else result = told.result;
  });
  const { promise: closed, resolve } = Promise.withResolvers<string>();
  child.once('error', ({ message }) => resolve(message));
  child.once('close', (code, by) => resolve(by ?? `exit code ${code}`));
  const how = await closed;
  signal?.removeEventListener('abort', onAbort);
  await life.end();
  signal?.throwIfAborted();
  const place = { system, drill: name };
  if (result === undefined) {
    return { ...place, state: injected ? 'died' : 'not-broken', detail: `${how}: ${said.trim()}` };
  }
  const wasBroken = result.timeline.length > 0;
  const state = result.ok ? 'survived' : wasBroken ? 'failed' : 'not-broken';
  return { ...place, state, detail: result.detail };
}

const MOST_SAID = 1000;

/** Shared by all: to read the sources is two thirds of what a process costs. Its keys are the texts, edited or not. */
function compileCache(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'sustain-compiled-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function nodeOptions(): string {
  return `${process.env['NODE_OPTIONS'] ?? ''} --import ${new URL(`./edit-hook${extname(import.meta.url)}`, import.meta.url)}`;
}

function beside(name: string): string {
  return fileURLToPath(new URL(`./${name}${extname(import.meta.url)}`, import.meta.url));
}
