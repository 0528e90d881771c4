import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@sustain/kernel';
import { SPARED } from '../../process-tree/index.ts';
import type { UndoCommand } from './undo-command.ts';
import { type GuardedCommand, guarded, type WatchMessage } from './watch-message.ts';

/**
 * Undoes what a dead or stuck process has broken: a process of its own, one a program, started when it is first needed.
 * It does not hold the program open, is not in its terminal's group, and ends when the program has ended and all is
 * undone. When it is killed itself, the next one takes over.
 */
export interface Watchdog {
  /**
   * Has the commands carried out when this process is gone, SIGKILL included, or after `hardEndMs` (0 or more; default:
   * never), although this process lives but may be stuck. In order; at the death of this process what was guarded last
   * is undone first, and processes before all else. A process that has ended by now, or another one that has got its id
   * later, is left alone. Holds as soon as it returns. Answers the way to call it off.
   */
  guard(commands: readonly UndoCommand[], hardEndMs?: number): () => void;
}

/** The watchdog of this program. */
export function watchdog(): Watchdog {
  return theOne;
}

const restartDelayMs = 100;

interface Guard {
  readonly commands: readonly GuardedCommand[];
  readonly endAtMs: number | undefined;
}

class WatchdogProcess implements Watchdog {
  readonly #guards = new Map<number, Guard>();
  #process: ChildProcess | undefined;
  #lastId = 0;

  guard(commands: readonly UndoCommand[], hardEndMs?: number): () => void {
    const id = ++this.#lastId;
    const endAtMs = hardEndMs === undefined ? undefined : systemClock.monotonicMs() + hardEndMs;
    const guard = { commands: guarded(commands), endAtMs };
    this.#guards.set(id, guard);
    if (this.#process === undefined) this.#start();
    else this.#send(id, guard);
    return () => {
      if (this.#guards.delete(id)) this.#write({ forget: id });
    };
  }

  #start(): void {
    const script = new URL(`./watchdog-main${extname(import.meta.url)}`, import.meta.url);
    const child = spawn(process.execPath, [fileURLToPath(script), SPARED], {
      stdio: ['pipe', 'ignore', 'inherit'],
      cwd: '/', // so that it keeps no disk busy
      detached: true,
      env: withoutOptions(),
    });
    child.unref();
    (child.stdin as Socket).unref();
    child.stdin?.on('error', () => undefined); // its `exit` follows
    child.once('error', () => this.#startLater(child)); // the system can start no more processes
    child.once('exit', () => this.#startLater(child));
    this.#process = child;
    for (const [id, guard] of this.#guards) this.#send(id, guard);
  }

  #startLater(child: ChildProcess): void {
    if (this.#process !== child) return;
    this.#process = undefined;
    const start = () => {
      if (this.#process === undefined && this.#guards.size > 0) this.#start();
    };
    systemClock.schedule(restartDelayMs, start, { keepAlive: false });
  }

  #send(id: number, { commands, endAtMs }: Guard): void {
    const hardEndMs = endAtMs === undefined ? null : Math.max(0, endAtMs - systemClock.monotonicMs());
    this.#write({ guard: id, commands, hardEndMs, sentAtMs: systemClock.wallMs() });
  }

  /** The system takes it at once, so that it is kept when this process is killed in the next moment. */
  #write(message: WatchMessage): void {
    this.#process?.stdin?.write(`${JSON.stringify(message)}\n`);
  }
}

/** What is preloaded into the program, or debugs it, is not for its watchdog. */
function withoutOptions(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return env;
}

const theOne = new WatchdogProcess();
