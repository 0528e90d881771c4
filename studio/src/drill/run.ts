import process from 'node:process';
import type { DrillReport, DrillSuite, Sabotaged } from '@sustain/drills';
import { isCancelled, systemClock, systemRandom } from '@sustain/kernel';
import { untilShutdownSignal } from '@sustain/kernel/node';
import { Interrupted } from '../interrupted.ts';
import { resultLine, summaryLine } from './json-line.ts';
import { allSuites } from './suites.ts';
import { DrillTable } from './table.ts';
import { checkReportPath, writeReport } from './write-report.ts';

export interface DrillOptions {
  readonly seed?: string;
  readonly json?: true;
  readonly report?: string;
  readonly sabotage?: true;
  readonly list?: true;
}

/** Something did not hold. What is said by then, and the exit code says the rest. */
export class DrillsFailed extends Error {
  override readonly name = 'DrillsFailed';
}

/** Rejects with DrillsFailed; on Ctrl-C, when what was broken is mended, with Interrupted, or with what could not be mended. */
export async function drillCommand(names: readonly string[], options: DrillOptions): Promise<void> {
  if (options.report !== undefined) checkReportPath(options.report);
  const { choose } = await import('@sustain/drills');
  const chosen = choose(await allSuites(), names);
  if (options.list) return list(chosen);
  const shutdown = untilShutdownSignal();
  const seed = options.seed ?? String(Math.floor(systemRandom.next() * 2 ** 32));
  try {
    const run = options.sabotage ? sabotage : drill;
    await run(chosen, seed, options, shutdown.signal);
  } catch (error) {
    if (shutdown.signal.aborted && isCancelled(error)) throw new Interrupted();
    throw error;
  } finally {
    shutdown.dispose();
  }
}

async function drill(
  suites: readonly DrillSuite[],
  seed: string,
  { json, report: reportPath }: DrillOptions,
  signal: AbortSignal,
): Promise<void> {
  const { runDrills } = await import('@sustain/drills');
  const table = new DrillTable(json ? process.stderr : process.stdout);
  const startedWallMs = systemClock.wallMs();
  if (!json) table.begin(seed);
  let report: DrillReport;
  try {
    report = await runDrills(suites, {
      seed,
      signal,
      onProgress: (progress) => {
        if (!json) table.show(progress);
        else if (progress.state === 'done') process.stdout.write(resultLine(progress.result));
      },
    });
  } finally {
    table.clear();
  }
  if (json) process.stdout.write(summaryLine(report));
  else table.end(report, report.results);
  if (reportPath !== undefined) {
    const faults = suites.flatMap((suite) => suite.faults);
    await writeReport(reportPath, { ...report, seed, startedWallMs, faults });
    if (!json) process.stdout.write(`report              ${reportPath}\n`);
  }
  if (!report.ok) throw new DrillsFailed(whatFailed(report));
}

async function sabotage(
  suites: readonly DrillSuite[],
  seed: string,
  { json }: DrillOptions,
  signal: AbortSignal,
): Promise<void> {
  const { runSabotage } = await import('@sustain/drills');
  const table = new DrillTable(process.stdout);
  const done = await runSabotage(suites, {
    seed,
    signal,
    onProgress: (sabotaged, place) => {
      if (json) process.stdout.write(`${JSON.stringify(sabotaged)}\n`);
      else table.sabotaged(sabotaged, place);
    },
  }).finally(() => table.clear());
  const useless = done.filter(({ state }) => !isAsItMust(state));
  if (useless.length > 0) {
    throw new DrillsFailed(`${useless.length} of ${done.length} drills do not prove what they say`);
  }
}

function isAsItMust(state: Sabotaged['state']): boolean {
  return state === 'failed' || state === 'died';
}

function list(suites: readonly DrillSuite[]): void {
  for (const { system, drills } of suites) {
    for (const { name, fault, breaks } of drills) {
      process.stdout.write(`${`${system}/${name}`.padEnd(44)} ${fault.code.padEnd(28)} ${breaks}\n`);
    }
  }
}

function whatFailed({ results, withoutDrill }: DrillReport): string {
  const failed = results.filter(({ ok }) => !ok).length;
  const parts = [
    ...(failed > 0 ? [`${failed} of ${results.length} drills failed`] : []),
    ...(withoutDrill.length > 0 ? [`without a drill: ${withoutDrill.join(', ')}`] : []),
  ];
  return parts.join('; ');
}
