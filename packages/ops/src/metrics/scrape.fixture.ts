import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { findProgram } from '@sustain/drills';
import type { Metrics } from './index.ts';

const promtool = findProgram(...[process.env['PROMTOOL_PATH'] ?? []].flat(), 'promtool');

/** Without it these tests are skipped; with CI set they then fail. */
export const lacksPromtool = promtool === undefined && process.env['CI'] === undefined;

/** What `promtool check metrics` has to say of a scrape; nothing, when all is well. */
export async function promtoolSays(metrics: Metrics): Promise<string> {
  const { body } = await metrics.scrape();
  const child = spawn(promtool ?? 'promtool', ['check', 'metrics']);
  child.stdin.end(body);
  const [out, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  return code === 0 && out + errors === '' ? '' : `exit ${code}: ${out}${errors}`;
}

/** The lines of a scrape that are samples, of metrics with this in their name. */
export async function samplesOf(metrics: Metrics, name: string): Promise<string[]> {
  const { body } = await metrics.scrape();
  return body.split('\n').filter((line) => line !== '' && !line.startsWith('#') && line.includes(name));
}
