import { AnsweredProblem, drill, type Scene } from '@sustain/drills';
import { Signals, seededRandom, systemClock } from '@sustain/kernel';
import { HealthMonitor } from '@sustain/ops/health';
import { createServer } from '@sustain/ops/server';
import { auralisFaults } from '../faults.ts';
import { createAuralis } from '../main.ts';
import { type ListenedAuralis, listenedAuralis } from './listened-auralis.ts';
import { missingFile } from './missing-file.ts';

export const engineNotBuilt = drill<ListenedAuralis>({
  name: 'engine-not-built',
  fault: auralisFaults.ENGINE_NOT_BUILT,
  kind: 'configuration',
  breaks: 'Auralis is made where its engine has not been built',
  recovers: 'Auralis does not start, and says what to run',
  notices: 'that it does not start, and why',
  subject: listenedAuralis,
  async inject({ ear }, scene) {
    scene.inject(missingFile('/build/engine.wasm'));
    await scene.attempt(make);
    ear.expectUndisturbed();
  },
  async afterwards({ ear }) {
    ear.expectUndisturbed();
    await make();
  },
  sabotage: {
    file: new URL('../main.ts', import.meta.url),
    replace: '  if (!existsSync(path)) throw auralisFaults.ENGINE_NOT_BUILT({ path });\n',
    by: '',
  },
});

export const playerNotBuilt = drill<ListenedAuralis>({
  name: 'player-not-built',
  fault: auralisFaults.PLAYER_NOT_BUILT,
  kind: 'configuration',
  breaks: 'somebody opens the page where the player has not been built',
  recovers: 'the page is answered 503 with the cure, and the stream itself plays on',
  notices: 'no page; who listens already notices nothing',
  subject: listenedAuralis,
  async inject({ auralis }, scene: Scene) {
    scene.inject(missingFile('/player/index.html'));
    await scene.attempt(() => openPage(auralis.url));
  },
  async afterwards({ auralis, ear }) {
    ear.expectUndisturbed();
    await openPage(auralis.url);
  },
  sabotage: {
    file: new URL('../routes.ts', import.meta.url),
    replace: 'throw new Refusal(auralisFaults.PLAYER_NOT_BUILT({ path: file }, { cause: error }), 503);',
    by: 'throw error;',
  },
});

/** As a program does that is about to start it. */
async function make(): Promise<void> {
  const clock = systemClock;
  const signals = new Signals({ clock });
  const health = new HealthMonitor({ clock });
  const server = createServer({ port: 0, health, clock, signals });
  try {
    createAuralis({ server, health, signals, clock, random: seededRandom('another') });
  } finally {
    await server.stop();
  }
}

async function openPage(url: string): Promise<void> {
  const answer = await fetch(`${url}/auralis/`);
  const body = await answer.text();
  if (answer.ok && body.includes('<html')) return;
  const problem = answer.status === 503 ? AnsweredProblem.of(JSON.parse(body)) : undefined;
  throw problem ?? new Error(`expected the page, or 503; got ${answer.status}: ${body}`);
}
