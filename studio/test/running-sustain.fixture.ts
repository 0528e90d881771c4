import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { commandOf, treeOf } from '@sustain/drills';
import { onTestFinished } from 'vitest';

export const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface StartOptions {
  /** What it finds in its environment besides what is in ours. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default true. Without, its output waits until somebody reads it. */
  readonly isOutputRead?: boolean;
}

/** A `sustain` that runs; it is killed when its test is over. */
export interface RunningSustain {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** Where it runs, and writes its logs: a folder of its own. */
  readonly cwd: string;
  /** Resolves when it has ended, and all that it said was heard. */
  readonly exit: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** What it has said so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Both, as they came. */
  readonly output: () => string;
  /** Resolves with the first group of `pattern`, as soon as it is said; rejects when it ends without. */
  readonly printed: (pattern: RegExp) => Promise<string>;
  /**
   * The processes that it has started now, and those that these have; its own first. Without what does not yet run its
   * own program: whoever starts a process waits for that, with its whole thread, for ever if the process is stopped.
   */
  readonly children: () => number[];
}

export function start(args: readonly string[], options: StartOptions = {}): RunningSustain {
  const { env = {}, isOutputRead = true } = options;
  const cwd = emptyFolder();
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: { ...process.env, SUSTAIN_LOGS: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '', output: '' };
  const watchers = new Set<() => void>();
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8');
    if (stream === 'stdout' && !isOutputRead) continue;
    child[stream].on('data', (text: string) => {
      said[stream] += text;
      said.output += text;
      for (const look of watchers) look();
    });
  }
  const exit = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    child.stdout.destroy(); // what it has started may hold it open
    child.stderr.destroy();
    await exit;
  });
  return {
    child,
    cwd,
    exit,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    output: () => said.output,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(said.output);
          if (match !== null) resolve(match[1] ?? match[0]);
        };
        watchers.add(look);
        look();
        exit.then(() => reject(new Error(`ended without printing ${pattern}:\n${said.output}`)), reject);
      }),
    children: () => {
      const parent = child.pid as number;
      return treeOf(parent)
        .slice(1)
        .filter((pid) => commandOf(pid) !== commandOf(parent));
    },
  };
}

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when a signal ended it. */
  readonly code: number | null;
}

/** Runs `sustain` to its end. */
export async function sustain(...args: readonly string[]): Promise<Ended> {
  const { exit, stdout, stderr } = start(args);
  const { code } = await exit;
  return { stdout: stdout(), stderr: stderr(), code };
}

/** Removed when the test is over. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sustain-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
