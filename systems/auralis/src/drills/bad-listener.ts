import { AnsweredProblem, type Injection, type Scene, startInjection } from '@sustain/drills';
import { pipeline, systemClock, timeout } from '@sustain/kernel';
import { StreamClient } from './stream-client.ts';

/** What a listener does that it must not. */
export interface Misdeed {
  readonly does: (listener: DeafListener) => void;
  /** With which it is sent away. Default: it may stay. */
  readonly closeCode?: number;
}

/** One who keeps nothing of what is to be heard. */
export type DeafListener = StreamClient<undefined>;

/** What a listener was told. */
export type Answer = Readonly<Record<string, unknown>>;

/** Bad listeners, one after the other. */
export interface BadListeners extends Injection {
  /** What they were told after their misdeeds. */
  readonly answers: readonly Answer[];
  /** What one of them was told too little of, or too late. */
  readonly problem: unknown;
}

/**
 * Listeners come, do one of the misdeeds and leave, until this is ended; each misdeed is done once at least. What they
 * are told is met as a user meets it.
 */
export function badListeners(
  scene: Scene,
  { url, what, misdeeds }: { url: string; what: string; misdeeds: readonly Misdeed[] },
): BadListeners {
  const answers: Answer[] = [];
  let isOver = false;
  let problem: unknown;
  const coming = (async () => {
    for (let turn = 0; problem === undefined && (!isOver || turn < misdeeds.length); turn++) {
      const misdeed = misdeeds[turn % misdeeds.length] as Misdeed;
      const come = async () => {
        const answer = await visit(url, misdeed, scene.signal);
        answers.push(answer);
        const { code, message, operationId } = answer as {
          code: string;
          message: string;
          operationId?: string;
        };
        throw new AnsweredProblem('auralis', code, message, operationId);
      };
      const met = await scene.attempt(come).catch((error: unknown) => ({ ok: false, error }) as const);
      if (!met.ok && !(met.error instanceof AnsweredProblem)) problem = met.error;
      await systemClock.sleep(PAUSE_MS);
    }
  })();
  const undo = () => {
    isOver = true;
    return coming;
  };
  const injection = startInjection({ what, undo });
  Object.defineProperties(injection, { answers: { value: answers }, problem: { get: () => problem } });
  return scene.inject(injection as BadListeners);
}

/** Answers the first error that it is told. Rejects with TIMED_OUT when it is not told, or not sent away. */
async function visit(url: string, { does, closeCode }: Misdeed, signal: AbortSignal): Promise<Answer> {
  const listener: DeafListener = await StreamClient.connect(url, () => undefined);
  try {
    const told = patience.run((attempt) => listener.next('error', attempt.signal), { signal });
    does(listener);
    const answer = await told;
    if (closeCode === undefined) return answer;
    const { code } = await patience.run(() => listener.closed, { signal });
    return { ...answer, closeCode: code };
  } finally {
    listener.stop();
  }
}

const patience = pipeline({ name: 'a bad listener' }, timeout(2000));

const PAUSE_MS = 20;
