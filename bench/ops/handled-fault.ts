import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchFigure } from '../bench-case.ts';

const ROUNDS = 60;

/**
 * What it costs the one in whose work a fault happens that it is handled and seen: written to the log and, synchronously,
 * to the file of errors, counted, and part of the service's health; beside an error that Sentry captures. Medians, and, as
 * `sentry-p99`, the 99th percentiles. `sentry-every-stack` is with the stack written for every fault, instead of once
 * a second for each kind and component: to format one takes as long as all else.
 */
export async function handledFaultSeen(): Promise<BenchFigure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sustain-bench-'));
  const start = (contender: string) =>
    fork(new URL('./seen-process.ts', import.meta.url), [contender, join(folder, contender)]);
  const contenders = [start('usual'), start('every-stack'), start('sentry')];
  try {
    await Promise.all(contenders.map((contender) => once(contender, 'message')));
    let figures: Figures[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      figures = [];
      for (const contender of contenders) figures.push(await roundOf(contender));
    }
    const [usual, everyStack, sentry] = figures as [Figures, Figures, Figures];
    return [
      { value: usual.p50, rival: 'sentry', rivalValue: sentry.p50 },
      { value: usual.p99, rival: 'sentry-p99', rivalValue: sentry.p99 },
      { value: everyStack.p50, rival: 'sentry-every-stack', rivalValue: sentry.p50 },
    ];
  } finally {
    for (const contender of contenders) contender.kill();
    await Promise.all(contenders.map((contender) => once(contender, 'exit')));
    rmSync(folder, { recursive: true });
  }
}

interface Figures {
  readonly p50: number;
  readonly p99: number;
}

async function roundOf(contender: ChildProcess): Promise<Figures> {
  contender.send('round');
  const [figures] = (await once(contender, 'message')) as [Figures];
  return figures;
}
