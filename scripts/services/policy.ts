import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Debian asks this program before it starts a service that was just installed; 101 means no. */
const debianPolicy = '/usr/sbin/policy-rc.d';
const text = '#!/bin/sh\n# Put here by scripts/services while it installs; removed afterwards.\nexit 101\n';

/**
 * Does some work during which installed services do not start by themselves. A policy that was there before is
 * put back afterwards, also one that an earlier run, killed in the middle, has left aside.
 */
export async function withoutServiceStart(work: () => Promise<void>, path = debianPolicy): Promise<void> {
  const aside = `${path}.before-sustain`;
  restore(path, aside);
  if (existsSync(path)) renameSync(path, aside);
  writeFileSync(path, text, { mode: 0o755 });
  try {
    await work();
  } finally {
    restore(path, aside);
  }
}

function restore(path: string, aside: string): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) rmSync(path);
  if (existsSync(aside)) renameSync(aside, path);
}
