import { timeoutFaults } from '@sustain/kernel';
import { type Drill, type DrillSubject, drillSuite } from '../../drill/index.ts';
import { drillFaults } from '../../drill-faults.ts';
import { answer, openAiServer } from '../../peers/index.ts';
import { runDrills } from '../../runner/index.ts';
import { runSabotage } from '../../sabotage/index.ts';
import { timedOut } from '../policies/index.ts';
import { sourceOf } from '../source-of.ts';
import { misuse } from './tool-user.ts';

/** A suite of one drill, which is quick. */
function suiteOf(drill: Drill) {
  return drillSuite({
    system: 'policies',
    catalogs: [timeoutFaults],
    drills: [drill],
    module: import.meta.url,
  });
}

const seed = 'drill';

async function runsWell(): Promise<void> {
  const { ok, results } = await runDrills([suiteOf(timedOut)], { seed });
  if (!ok) throw new TypeError(`a drill that goes well: ${results[0]?.detail}`);
}

export const inProduction = misuse({
  name: 'drill-in-production',
  fault: drillFaults.NOT_DRILLABLE,
  breaks: 'a drill is to break a system that does not say that it may be broken',
  good: runsWell,
  bad: () =>
    runDrills(
      [
        suiteOf({
          ...timedOut,
          async subject(scene) {
            const subject = await timedOut.subject(scene);
            return Object.assign(subject, { drillable: undefined }) as unknown as DrillSubject;
          },
        }),
      ],
      { seed },
    ),
  sabotage: {
    file: sourceOf('packages/drills/src/runner/run-drill.ts'),
    replace: '.drillable !== true',
    by: '.drillable === false',
  },
});

export const nameOfNothing = misuse({
  name: 'name-of-nothing',
  fault: drillFaults.DRILL_UNKNOWN,
  breaks: 'a drill is asked for by a name that none has',
  good: runsWell,
  bad: () => runDrills([suiteOf(timedOut)], { seed, names: ['first-attempt-hags'] }),
  sabotage: {
    file: sourceOf('packages/drills/src/runner/choose.ts'),
    replace: 'if (unknown !== undefined) {',
    by: 'if (unknown === null) {',
  },
});

export const sabotageOfNothing = misuse({
  name: 'sabotage-of-nothing',
  fault: drillFaults.SABOTAGE_UNUSABLE,
  breaks: 'the line that a sabotage replaces has been rewritten',
  good: runsWell,
  bad: () =>
    runSabotage([suiteOf({ ...timedOut, sabotage: { ...timedOut.sabotage, replace: 'goto fail;' } })], {
      seed,
    }),
  sabotage: {
    file: sourceOf('packages/drills/src/sabotage/edit.ts'),
    replace: 'if (found !== 1) {',
    by: 'if (found === 1) {',
  },
});

export const scriptThatThrows = misuse({
  name: 'script-that-throws',
  fault: drillFaults.PEER_SCRIPT_FAILED,
  breaks: 'a function in the script of a peer throws',
  async good() {
    const peer = await openAiServer({ script: [answer('Good morning.')] });
    try {
      const text = await say(peer.baseUrl);
      if (!text.includes('Good morning.')) throw new TypeError(`a peer that says good morning: ${text}`);
    } finally {
      await peer.close();
    }
  },
  async bad() {
    const wrong = () => {
      throw new TypeError('no such word');
    };
    const peer = await openAiServer({ script: [answer(wrong)] });
    await say(peer.baseUrl);
    await peer.close();
  },
  sabotage: {
    file: sourceOf('packages/drills/src/peers/http/scripted-http.ts'),
    replace: 'if (this.#failure) throw drillFaults.PEER_SCRIPT_FAILED({ peer: this.#name }, this.#failure);',
    by: '',
  },
});

async function say(baseUrl: string): Promise<string> {
  const body = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${baseUrl}/chat/completions`, { method: 'POST', headers, body });
  return response.text();
}
