import { type ChildProcess, fork, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { classify } from '../faults/index.ts';
import type { ExitReason } from '../supervision/index.ts';
import type { Link, PortChild } from './child-port.ts';
import { nodeFaults } from './node-faults.ts';
import { type PortChildOptions, portChild } from './port-child.ts';
import { killAtExit, killGroup, ownGroup } from './process-group.ts';

/** A Node program, which one can talk to. */
export interface ModuleProgram {
  /** Its main module. It should call `exitWithParent` first of all. */
  readonly module: URL | string;
  /** Options of `node`. Default: those of this process. */
  readonly execArgv?: readonly string[];
}

/** Any other program. */
export interface CommandProgram {
  readonly command: string;
}

export interface ChildProcessOptions<ToChild, FromChild> extends PortChildOptions<ToChild, FromChild> {
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** How long it has to exit after SIGTERM, which asks it without or after `stopMessage`. Default 2000. */
  readonly terminateMs?: number;
}

/**
 * A child that is a process of its own. Ends as `finished` with exit code 0, or by the SIGTERM that asked it to;
 * otherwise as `failed` with PROCESS_EXITED.
 *
 * Messages travel by structured clone (typed arrays stay typed arrays); they are not checked. Its stdout and stderr
 * are this process's. It leads a process group, which is killed as a whole: what it has spawned goes with it, and a
 * Ctrl-C in the terminal reaches this process only. It is killed when this process exits; when this process is
 * killed itself, a module that called `exitWithParent` exits, a command sees the end of its stdin.
 */
export function childProcess<ToChild = unknown, FromChild = unknown>(
  id: string,
  options: ChildProcessOptions<ToChild, FromChild> & (ModuleProgram | CommandProgram),
): PortChild<ToChild, FromChild> {
  const { terminateMs = 2000, killMs = 2000 } = options;
  return portChild(id, options, { terminateMs, killMs }, (signal) => {
    const child = launch(options);
    killAtExit(child);
    return {
      link: linkTo<ToChild>(child),
      exited: exitOf(id, child, signal),
      escalation: [
        { name: 'SIGTERM', graceMs: terminateMs, apply: () => killGroup(child, 'SIGTERM') },
        { name: 'SIGKILL', graceMs: killMs, apply: () => killGroup(child, 'SIGKILL') },
      ],
      onUp: (listener) => child.once('spawn', listener),
      onMessage: (listener) => child.on('message', listener),
    };
  });
}

function launch<ToChild, FromChild>(
  options: ChildProcessOptions<ToChild, FromChild> & (ModuleProgram | CommandProgram),
): ChildProcess {
  const { args = [], cwd } = options;
  const shared = {
    env: { ...process.env, ...options.env },
    ...(cwd !== undefined && { cwd }),
    ...ownGroup,
  };
  if ('command' in options) {
    return spawn(options.command, args, { ...shared, stdio: ['pipe', 'inherit', 'inherit'] });
  }
  const { module, execArgv } = options;
  return fork(module instanceof URL ? fileURLToPath(module) : module, args, {
    ...shared,
    ...(execArgv && { execArgv: [...execArgv] }),
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

function linkTo<ToChild>(child: ChildProcess): Link<ToChild> {
  return {
    pid: child.pid,
    kill: () => killGroup(child, 'SIGKILL'),
    send: (message) =>
      new Promise((resolve, reject) => {
        if (child.send === undefined) throw new TypeError('a command takes no messages; give a module');
        child.send(message as object, (error) => (error ? reject(error) : resolve()));
      }),
  };
}

function exitOf(id: string, child: ChildProcess, signal: AbortSignal): Promise<ExitReason> {
  return new Promise((resolve) => {
    child.once('exit', (exitCode, killedBy) => {
      killGroup(child, 'SIGKILL'); // What it has spawned goes with it.
      const obeyed = signal.aborted && killedBy === 'SIGTERM';
      if (exitCode === 0 || obeyed) return resolve({ kind: 'finished' });
      const facts = { child: id, pid: child.pid, exitCode, signal: killedBy };
      resolve({ kind: 'failed', fault: nodeFaults.PROCESS_EXITED(facts) });
    });
    child.on('error', (error) => {
      // Later errors are of messages and kills, and are told to those who sent them.
      if (child.pid === undefined) resolve({ kind: 'failed', fault: classify(error) });
    });
  });
}
