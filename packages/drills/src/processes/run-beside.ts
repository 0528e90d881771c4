import { spawn } from 'node:child_process';
import { type Injection, startInjection, type UndoCommand, undoing } from '../injection/index.ts';
import { tell } from '../process-tree/index.ts';
import type { BreakOptions } from './paused.ts';

export interface RunBesideOptions extends BreakOptions {
  readonly what: string;
  readonly substitute?: string | undefined;
  /** What is undone when they have ended. */
  readonly afterwards?: readonly UndoCommand[];
}

/**
 * Starts processes that break something by what they do. They are killed with all that they have started when the
 * injection ends. They say nothing, keep no folder busy, and do not hold this process open.
 */
export function runBeside(commands: readonly (readonly string[])[], options: RunBesideOptions): Injection {
  const { afterwards = [], ...rest } = options;
  const pids: number[] = [];
  try {
    for (const command of commands) pids.push(start(command));
    const ends = pids.map((pid) => ({ undo: 'end', pid, signal: 'SIGKILL' }) as const);
    const undo = [...ends, ...afterwards];
    return startInjection({ ...rest, undo: undoing(undo), ifDead: undo });
  } catch (error) {
    for (const pid of pids) tell(pid, 'SIGKILL');
    throw error;
  }
}

/** In a session of its own: Ctrl-C is for this process, which then ends them. */
function start([program = '', ...args]: readonly string[]): number {
  const { NODE_OPTIONS: _, ...env } = process.env; // it may order Node processes to misbehave
  const child = spawn(program, args, { stdio: 'ignore', detached: true, cwd: '/', env });
  child.on('error', () => undefined); // it is thrown below
  child.unref();
  if (child.pid === undefined) throw new Error(`the system cannot start ${program}`);
  return child.pid;
}
