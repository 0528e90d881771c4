// The watchdog's own process: see watchdog.ts. Its input ends when the process that started it does, however it does.
import { createInterface } from 'node:readline';
import { systemClock, type Timer } from '@sustain/kernel/time';
import { carryOut } from './carry-out.ts';
import { type GuardedCommand, isMeant, type WatchMessage } from './watch-message.ts';

const ATTEMPTS = 5;
const BETWEEN_ATTEMPTS_MS = 200;

type GuardMessage = Extract<WatchMessage, { guard: number }>;

interface Guard {
  readonly commands: readonly GuardedCommand[];
  readonly hardEnd: Timer | undefined;
}

const guards = new Map<number, Guard>();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => guards.size);
process.stderr.on('error', () => guards.size); // who read it has ended as well

for await (const line of createInterface({ input: process.stdin })) {
  const message = whole(line);
  if (message === undefined) break;
  if ('forget' in message) forget(message.forget);
  else guard(message);
}
await undoAll();

/** Undefined for the half of a line that is the last of a process that was killed while it wrote. */
function whole(line: string): WatchMessage | undefined {
  try {
    return JSON.parse(line) as WatchMessage;
  } catch {
    return undefined;
  }
}

function guard({ guard: id, commands, ...message }: GuardMessage): void {
  const end = () => {
    guards.delete(id);
    void inOrder(commands);
  };
  const leftMs = leftOf(message);
  guards.set(id, { commands, hardEnd: leftMs === null ? undefined : systemClock.schedule(leftMs, end) });
}

/** A wall clock that jumps makes it at most as early as now, at most as late as if it had just been sent. */
function leftOf({ hardEndMs, sentAtMs }: Pick<GuardMessage, 'hardEndMs' | 'sentAtMs'>): number | null {
  if (hardEndMs === null) return null;
  return Math.min(hardEndMs, Math.max(0, sentAtMs + hardEndMs - systemClock.wallMs()));
}

function forget(id: number): void {
  guards.get(id)?.hardEnd?.cancel();
  guards.delete(id);
}

/**
 * First the processes, at once, as they may hold the rest, and what they may wait for: one that writes to a frozen disk
 * cannot even be killed. Then the rest, what was broken last first.
 */
async function undoAll(): Promise<void> {
  const lastFirst = [...guards.values()].reverse();
  for (const { hardEnd } of lastFirst) hardEnd?.cancel();
  const isFirst = ({ command }: GuardedCommand) => 'pid' in command || command.undo === 'thaw';
  await Promise.all(lastFirst.map(({ commands }) => inOrder(commands.filter(isFirst))));
  for (const { commands } of lastFirst) await inOrder(commands.filter((command) => !isFirst(command)));
}

async function inOrder(commands: readonly GuardedCommand[]): Promise<void> {
  for (const command of commands) await untilDone(command);
}

/** Never rejects: the next commands are needed as well. */
async function untilDone(guarded: GuardedCommand): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      if (isMeant(guarded)) await carryOut(guarded.command);
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) {
        console.error(`watchdog: a person must undo ${JSON.stringify(guarded.command)}: ${String(error)}`);
        return;
      }
      await systemClock.sleep(BETWEEN_ATTEMPTS_MS);
    }
  }
}
