import { drillFaults } from '../../drill-faults.ts';
import { type HistoryEvent, historyOf, linearizable, Recorder } from '../../history/index.ts';
import { parsePlan, simulate } from '../../simulation/index.ts';
import { sourceOf } from '../source-of.ts';
import { misuse } from './tool-user.ts';

function recorded(): HistoryEvent[] {
  const events: HistoryEvent[] = [];
  const recorder = new Recorder({ client: 'client', append: (event) => events.push(event) });
  recorder.invoke({ kind: 'write', key: 'song', value: 1 }).ok();
  recorder.invoke({ kind: 'read', key: 'song' }).ok(1);
  return events;
}

export const twoOutcomes = misuse({
  name: 'history-with-two-outcomes',
  fault: drillFaults.UNUSABLE_HISTORY,
  breaks: 'an operation of a history is recorded as ended twice',
  good() {
    const { state } = linearizable(historyOf(recorded()).operations);
    if (state !== 'holds') throw new TypeError(`a value that was read as it was written: ${state}`);
  },
  bad() {
    const events = recorded();
    return historyOf([...events, events.at(-1) as HistoryEvent]);
  },
  sabotage: {
    file: sourceOf('packages/drills/src/history/history.ts'),
    replace: 'if (trial.ended !== undefined) throw unusable(',
    by: 'if (trial.at < 0) throw unusable(',
  },
});

export const planOfNothing = misuse({
  name: 'plan-that-says-nothing',
  fault: drillFaults.UNUSABLE_PLAN,
  breaks: 'a simulation is to replay a plan that was cut off',
  async good() {
    const { state } = await simulate(7, async (world) => {
      await world.clock.sleep(10);
    });
    if (state !== 'held') throw new TypeError(`a simulation of nothing: ${state}`);
  },
  bad: () => parsePlan('server.notify#'),
  sabotage: {
    file: sourceOf('packages/drills/src/simulation/fault-plan.ts'),
    replace: 'throw drillFaults.UNUSABLE_PLAN({ problem });',
    by: 'return [] as never;',
  },
});
