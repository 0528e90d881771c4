import process from 'node:process';
import { beforeAll, expect, test } from 'vitest';
import { buildEngine } from '../../scripts/build-engine.ts';
import { createComposer, defaultParameters } from '../composition/index.ts';
import { createCpuEngine } from './cpu-engine.ts';

// The figure itself is printed by the benchmark `engines`; here only what must hold on any machine.

beforeAll(buildEngine, 120_000);

const ROUNDS = 12;

/** CPU seconds of each block of a phrase, least of all rounds: what else the machine does only adds. */
async function leastCostOfBlocks(): Promise<{ costsS: number[]; bodyFrames: number; blockFrames: number }> {
  const engine = await createCpuEngine();
  const composer = createComposer({ seed: 3, parameters: { ...defaultParameters, intensity: 1 } });
  const phrase = composer.next();
  const costsS: number[] = [];
  let blockFrames = 0;
  for (let round = 0; round < ROUNDS; round++) {
    let block = 0;
    let usage = process.cpuUsage();
    for (const { left } of engine.render(phrase)) {
      const { user, system } = process.cpuUsage(usage);
      costsS[block] = Math.min(costsS[block] ?? Number.POSITIVE_INFINITY, (user + system) / 1e6);
      blockFrames = Math.max(blockFrames, left.length);
      block++;
      usage = process.cpuUsage();
    }
  }
  return { costsS, bodyFrames: phrase.frames, blockFrames };
}

test('renders at least 60 s of music per CPU second at full quality, tails included', async () => {
  const { costsS, bodyFrames } = await leastCostOfBlocks();
  const factor = bodyFrames / 44_100 / costsS.reduce((sum, cost) => sum + cost, 0);
  expect(factor).toBeGreaterThan(60);
});

test('never costs more when voices die away: filters at rest once sank into denormal numbers', async () => {
  const { costsS, bodyFrames, blockFrames } = await leastCostOfBlocks();
  const bodyBlocks = Math.floor(bodyFrames / blockFrames);
  const dearestOfBody = Math.max(...costsS.slice(1, bodyBlocks));
  const tail = costsS.slice(bodyBlocks + 1);
  expect(Math.max(...tail)).toBeLessThan(2 * dearestOfBody);
  expect(Math.max(...tail.slice(-10))).toBeLessThan(0.6 * dearestOfBody);
});
