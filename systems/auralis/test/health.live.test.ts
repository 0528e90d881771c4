import { systemClock } from '@sustain/kernel';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningAuralis, runAuralis } from '../src/drills/running-auralis.ts';

let auralis: RunningAuralis;
beforeAll(async () => {
  auralis = await runAuralis('health');
});
afterAll(() => auralis.stop());

interface Seen {
  readonly http: number;
  readonly whole: string;
  readonly synthesis: string;
  readonly names: readonly string[];
}

async function look(): Promise<Seen> {
  const response = await fetch(`${auralis.url}/health/auralis`);
  const { status, checks } = (await response.json()) as {
    readonly status: string;
    readonly checks: Readonly<Record<string, readonly [{ readonly status: string }]>>;
  };
  const synthesis = checks['auralis:synthesis_functional']?.[0].status ?? 'none';
  return { http: response.status, whole: status, synthesis, names: Object.keys(checks) };
}

async function until(holds: (seen: Seen) => boolean): Promise<Seen> {
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    await systemClock.sleep(50);
  }
}

test('S2-64, S2-69: /health/auralis says what works, warns while the synthesiser stands still, and passes afterwards', async () => {
  const well = await until(({ whole }) => whole === 'pass');
  expect(well.http).toBe(200);
  expect(well.names).toEqual([
    ...['auralis:synthesis_functional', 'auralis:composition_functional'],
    ...['auralis:buffer_healthy', 'auralis:error_rate'],
  ]);
  process.kill(auralis.synthesisPid(), 'SIGSTOP');
  const still = await until(({ synthesis }) => synthesis !== 'pass');
  expect([still.http, still.whole]).toEqual([200, 'warn']);
  const back = await until(({ whole }) => whole === 'pass');
  expect(back.http).toBe(200);
});
