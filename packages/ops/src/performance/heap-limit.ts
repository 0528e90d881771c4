import process from 'node:process';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import { isMainThread, resourceLimits } from 'node:worker_threads';

const MIB = 2 ** 20;

/** V8 reserves three semi-spaces of at most so much for young objects (V8 13.6, 64 bit); 12.4 reserves less. */
const SEMI_SPACE_MIB = 64;

/** Of a small heap: each is so much of the space for old objects. Measured; 1/64 in V8 12.4. */
const SEMI_SPACE_SHARE = 1 / 16;

/**
 * What the old objects of this thread may take; when they need more, V8 ends the process. V8's own `heap_size_limit`
 * is that and 192 MiB for young objects, which do not help: with `--max-old-space-size=80` it is 272 MiB, and the process
 * ends at 29 % of it.
 */
export function oldHeapLimitBytes(): number {
  const { maxOldGenerationSizeMb: ofThread = 0 } = resourceLimits;
  if (!isMainThread && ofThread > 0) return ofThread * MIB;
  const told = flagMiB('max-old-space-size');
  if (told > 0) return told * MIB;
  const { heap_size_limit: limit } = getHeapStatistics();
  const young = 3 * (flagMiB('max-semi-space-size') || SEMI_SPACE_MIB) * MIB;
  return Math.max(limit - young, limit / (1 + 3 * SEMI_SPACE_SHARE));
}

/** Old objects, and those of their garbage that is not collected yet. */
export function oldHeapUsedBytes(): number {
  const spaces = getHeapSpaceStatistics().filter(({ space_name: name }) => !name.startsWith('new_'));
  return spaces.reduce((sum, { space_used_size: used }) => sum + used, 0);
}

/** A flag of V8's, as the process was started with; 0 without. The command line is stronger than the environment. */
function flagMiB(name: string): number {
  const flags = [...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/), ...process.execArgv];
  const pattern = new RegExp(`^--${name.replaceAll('-', '[-_]')}=(\\d+)$`);
  return Number(flags.findLast((flag) => pattern.test(flag))?.split('=')[1] ?? 0);
}
