import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BenchLine } from './bench-case.ts';

/** The lines of a case, measured in a process of its own, as `npm run bench` does. */
export async function measured(topic: string, name: string): Promise<BenchLine[]> {
  const program = fileURLToPath(new URL('./run.ts', import.meta.url));
  const args = [program, topic, '--json', '--case', name];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as BenchLine);
}
