import type { Clock } from '@sustain/kernel';
import type { HealthStep } from './session-health.ts';
import type { SessionManager } from './session-manager.ts';

/** @internal Really does each operation, on a session of its own that nobody else sees. */
export async function tryOperations(
  manager: SessionManager,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<readonly HealthStep[]> {
  const steps: HealthStep[] = [];
  const step = async <T>(operation: HealthStep['operation'], work: () => Promise<T>): Promise<T> => {
    const startMs = clock.monotonicMs();
    const end = (ok: boolean, error?: string) => {
      const durationMs = clock.monotonicMs() - startMs;
      steps.push({ operation, ok, durationMs, ...(error !== undefined && { error }) });
    };
    try {
      const result = await work();
      end(true);
      return result;
    } catch (error) {
      end(false, error instanceof Error ? error.message : String(error));
      throw new StepFailed();
    }
  };
  const names = { appName: CHECK_APP, userId: manager.instance };
  try {
    const request = { ...names, state: { checked: 1 }, ttlMs: CHECK_TTL_MS };
    const key = await step('create', () => manager.createSession(request, { signal }));
    try {
      await step('append', () => manager.appendEvent(key, { event: { of: 'check' } }, { signal }));
      await step('update', () => manager.updateSessionState(key, { set: { checked: 2 } }, { signal }));
      await step('get', async () => {
        const { state, events } = await manager.getSession(key, { signal });
        if (state['checked'] !== 2 || events.length !== 1)
          throw new Error('what was read is not what was written');
      });
      await step('list', () => manager.listSessions({ ...names, limit: 1 }, { signal }));
    } finally {
      await step('delete', () => manager.deleteSession(key, { signal }));
    }
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
  }
  return steps;
}

/** Ends the steps: what has failed is told in its step. */
class StepFailed extends Error {}

const CHECK_APP = 'sustain-health';
const CHECK_TTL_MS = 60_000;
