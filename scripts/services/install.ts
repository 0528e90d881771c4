import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { findProgram } from '@sustain/drills';
import { systemClock } from '@sustain/kernel';
import { holdSignals } from './hold-signals.ts';
import { withoutServiceStart } from './policy.ts';
import type { Service } from './service.ts';

const pausesMs = [2_000, 10_000];
const options = ['-qq', '-o', 'Acquire::Retries=3', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0'];

/** Whether `installMissing` can do its work here: Debian or its kin, as root. */
export function canInstall(): boolean {
  return process.getuid?.() === 0 && findProgram('apt-get') !== undefined;
}

export function missingOf(services: readonly Service[]): Service[] {
  return services.filter((service) => service.locate() === undefined);
}

/** What is missing and how to get it, for a person. */
export function explainMissing(missing: readonly Service[]): string {
  const lines = missing.map(({ name, about, elsewhere }) => `  ${name.padEnd(11)} ${about} (${elsewhere})\n`);
  return `missing on this machine:\n${lines.join('')}on Debian: sudo apt-get install -y ${packagesOf(missing)}`;
}

/**
 * Installs what is missing, and nothing else, with apt-get. Nothing that is installed starts by itself. Mirrors
 * fail now and then: apt retries each file, and each step is tried three times.
 */
export async function installMissing(services: readonly Service[]): Promise<void> {
  const missing = missingOf(services);
  if (missing.length === 0) return;
  console.log(`installing ${packagesOf(missing)} …`);
  await holdSignals(() =>
    withoutServiceStart(async () => {
      await aptGet('update', '--error-on=any');
      await aptGet('install', '--yes', '--no-install-recommends', ...packagesOf(missing).split(' '));
    }),
  );
  const still = missingOf(services);
  if (still.length > 0)
    throw new Error(`apt-get found nothing wrong, but this is still ${explainMissing(still)}`);
}

async function aptGet(...args: readonly string[]): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const { code, output } = await runAptGet(args);
    if (code === 0) return;
    const pauseMs = pausesMs[attempt];
    if (pauseMs === undefined)
      throw new Error(`apt-get ${args[0]} failed three times:\n${output.slice(-4000)}`);
    console.log(`apt-get ${args[0]} failed; trying again in ${pauseMs / 1000} s`);
    await systemClock.sleep(pauseMs);
  }
}

/** A package manager is not to be stopped half way: it runs in its own session, and signals wait. */
async function runAptGet(
  args: readonly string[],
): Promise<{ readonly code: number; readonly output: string }> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const child = spawn('apt-get', [...options, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const ended = once(child, 'close') as Promise<[code: number | null]>;
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code: code ?? 1, output: output + errors };
}

function packagesOf(services: readonly Service[]): string {
  return services.flatMap((service) => service.debianPackages).join(' ');
}
